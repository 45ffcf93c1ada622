"""Lists about tax residence (CRS), qualified investors and agency payment."""

from mdm.codes.lists import define

define(
    "tax_status",
    "税收居民身份",
    "Tax residence",
    """
CHINESE|仅为中国税收居民|Chinese tax resident only|1
FOREIGN|仅为非居民|Non-resident only|2
BOTH|既是中国税收居民又是其他国家（地区）税收居民|Resident of China and elsewhere|3
""",
)
define(
    "tax_form",
    "声明书版本",
    "Version of the form",
    """
CN-2017|2017年版（一个纳税年度居住满一年）|2017 (one year of residence in a tax year)
CN-2019|2019年版（一个纳税年度累计居住满183天）|2019 (183 days in a tax year)
HK|香港表格|Hong Kong form
OTHER|其他司法管辖区表格|Form of another jurisdiction
""",
)
define(
    "entity_class",
    "机构类别",
    "Class of entity",
    """
FINANCIAL|金融机构|Financial institution
ACTIVE_NFE|积极非金融机构|Active non-financial entity
PASSIVE_NFE|消极非金融机构|Passive non-financial entity
""",
)
define(
    "signing_capacity",
    "签署人身份",
    "Capacity of the signer",
    """
SELF|本人|The holder
AGENT|代理人|An agent
""",
)
define(
    "no_tin_reason",
    "无纳税人识别号原因",
    "Why there is no TIN",
    """
A|居民国（地区）不发放纳税人识别号|The jurisdiction issues none
B|账户持有人未能取得纳税人识别号|The holder could not obtain one
B1|已申请尚未取得|Applied for, not yet received
B2|其他原因未能取得|Otherwise unable
C|居民国（地区）不要求提供|The jurisdiction does not require it
""",
)
define(
    "tax_state",
    "声明状态",
    "State of the self-certification",
    """
DRAFT|草稿|Draft
SUBMITTED|已提交|Submitted
APPROVED|已生效|Approved
SUPERSEDED|已被替代|Superseded
INVALIDATED|已失效|Invalidated
REJECTED|已拒绝|Rejected
WITHDRAWN|已撤回|Withdrawn
""",
)
define(
    "reasonableness",
    "合理性审核",
    "Reasonableness",
    """
PASSED|通过|Passed
FAILED|存疑|Failed
OVERRIDDEN|存疑已说明|Explained
""",
)
define(
    "crs_self_cert",
    "自证声明（CRS）",
    "Self-certification (CRS)",
    """
CRS901|已取得有效自证声明|A valid one was obtained
CRS902|未取得有效自证声明|None was obtained
CRS900|未报送（仅限2025年及以前）|Not reported (periods to 2025 only)|||2026-01-01
""",
)
define(
    "crs_procedure",
    "尽职调查程序（CRS）",
    "Due-diligence procedure (CRS)",
    """
CRS1201|新开账户|New account
CRS1202|存量账户|Pre-existing account
CRS1200|未报送（仅限2025年及以前）|Not reported (periods to 2025 only)|||2026-01-01
""",
)
define(
    "crs_account_type",
    "账户类型（CRS）",
    "Type of account (CRS)",
    """
CRS1101|存款账户|Depository account
CRS1102|托管账户|Custodial account
CRS1103|具有现金价值的保险或年金合同|Cash-value insurance or annuity
CRS1104|投资机构的股权或债权权益|Equity or debt interest
CRS1100|未报送（仅限2025年及以前）|Not reported (periods to 2025 only)|||2026-01-01
""",
)
define(
    "crs_holder_type",
    "账户持有人类型（CRS）",
    "Type of account holder (CRS)",
    """
CRS101|有应报送控制人的消极非金融机构|Passive NFE with reportable controlling persons
CRS102|应报送对象|Reportable person
CRS103|本身为应报送对象的消极非金融机构|Passive NFE that is itself reportable
""",
)
define(
    "crs_equity_interest",
    "权益类型（CRS）",
    "Equity interest (CRS)",
    """
CRS401|信托——委托人|Trust: settlor
CRS402|信托——受托人|Trust: trustee
CRS403|信托——监察人|Trust: protector
CRS404|信托——受益人|Trust: beneficiary
CRS405|信托——其他|Trust: other
CRS406|其他法律安排——相当于委托人|Other arrangement: settlor
CRS407|其他法律安排——相当于受托人|Other arrangement: trustee
CRS408|其他法律安排——相当于监察人|Other arrangement: protector
CRS409|其他法律安排——相当于受益人|Other arrangement: beneficiary
CRS410|其他法律安排——相当于其他|Other arrangement: other
""",
)
define(
    "crs_control_cert",
    "控制人自证声明（CRS）",
    "Self-certification of the controlling person (CRS)",
    """
CRS1001|已取得有效自证声明|A valid one was obtained
CRS1002|未取得有效自证声明|None was obtained
CRS1000|未报送（仅限2025年及以前）|Not reported (periods to 2025 only)|||2026-01-01
""",
)
define(
    "control_type",
    "控制人类型",
    "Type of control",
    """
CRS801|法人——所有权控制|Legal person: ownership
CRS802|法人——其他方式控制|Legal person: other means
CRS803|法人——高级管理人员|Legal person: senior managing official
CRS804|信托——委托人|Trust: settlor
CRS805|信托——受托人|Trust: trustee
CRS806|信托——监察人|Trust: protector
CRS807|信托——受益人|Trust: beneficiary
CRS808|信托——其他|Trust: other
CRS809|其他法律安排——相当于委托人|Other arrangement: settlor
CRS810|其他法律安排——相当于受托人|Other arrangement: trustee
CRS811|其他法律安排——相当于监察人|Other arrangement: protector
CRS812|其他法律安排——相当于受益人|Other arrangement: beneficiary
CRS813|其他法律安排——相当于其他|Other arrangement: other
""",
)
define(
    "investor_regime",
    "合格投资者认定依据",
    "Regime of qualified investors",
    """
AM2018|资产管理产品合格投资者（资管新规）|Asset management products (2018)
PF2014|私募投资基金合格投资者|Private investment funds (2014)
PI2017|专业投资者（适当性管理办法）|Professional investor (suitability, 2017)
""",
)
define(
    "investor_state",
    "认定状态",
    "State of the assessment",
    """
DRAFT|草稿|Draft
PENDING|待审批|Waits for approval
APPROVED|已认定|Approved
REJECTED|未通过|Rejected
EXPIRED|已到期|Expired
REVOKED|已撤销|Revoked
""",
)
define(
    "investor_branch",
    "符合的条件",
    "Branch that is met",
    """
NET_ASSETS|家庭金融净资产|Net financial assets of the household
ASSETS|金融资产|Financial assets
INCOME|近三年年均收入|Average income of three years
ENTITY_ASSETS|净资产|Net assets of the organisation
DEEMED|视同合格投资者|Deemed qualified
""",
)
define(
    "investor_deemed",
    "视同合格投资者类别",
    "Deemed qualified as",
    """
PENSION|社会保障基金、企业年金等养老基金|Pension fund
CHARITY|慈善基金等社会公益基金|Charity fund
PRODUCT|备案的资产管理产品|Registered product
STAFF|私募基金管理人及其从业人员|The manager and its staff
""",
)
define(
    "agency_purpose",
    "代发用途",
    "Purpose of the payments",
    """
SALARY|工资|Salary
BONUS|奖金|Bonus
PENSION|养老金|Pension
REIMBURSEMENT|报销款|Reimbursement
LABOUR_FEE|劳务费|Labour fee
""",
)
define(
    "agency_state",
    "代发协议状态",
    "State of the agency agreement",
    """
DRAFT|草稿|Draft
PENDING|待审批|Waits for approval
ACTIVE|生效|Active
SUSPENDED|暂停|Suspended
TERMINATED|终止|Terminated
EXPIRED|到期|Expired
""",
)
define(
    "agency_batch_state",
    "代发批次状态",
    "State of the payment batch",
    """
RECEIVED|已接收|Received
CHECKED|已检查|Checked
REJECTED|已拒绝|Rejected
APPROVED|已审批|Approved
SENT|已发送|Sent
PARTLY_OK|部分成功|Partly done
DONE|全部成功|Done
""",
)
