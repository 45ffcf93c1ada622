"""Lists about agreements, amounts and statements."""

from mdm.codes.lists import define

define(
    "agreement_kind",
    "协议类型",
    "Kind of agreement",
    """
DEPOSIT|存款账户|Deposit account
LOAN|贷款|Loan
CARD|银行卡|Card
WEALTH|理财|Wealth product
FUND_CUSTODY|基金托管|Fund custody
INSURANCE|保险|Insurance
EBANK|网上银行|Online banking
MOBILE_BANK|手机银行|Mobile banking
AGENCY_PAY|代发工资|Agency payment
COLLECTION|代收|Collection
GUARANTEE|担保|Guarantee
SAFE_BOX|保管箱|Safe box
MARGIN_CUSTODY|保证金存管|Margin custody
""",
)
define(
    "agreement_status",
    "协议状态",
    "State of the agreement",
    """
OPEN|正常|Open
DORMANT|睡眠|Dormant
FROZEN|冻结|Frozen
CLOSED|已销户|Closed
""",
)
define(
    "agreement_role",
    "协议角色",
    "Role in the agreement",
    """
OWNER|所有人|Owner
JOINT|共有人|Joint owner
AGENT|代理人|Agent
GUARANTOR|担保人|Guarantor
""",
)
define(
    "agreement_restriction",
    "协议限制",
    "Restriction of an agreement",
    """
NONE|无|None
LOST|挂失|Reported lost
STOPPED|止付|Payments stopped
DEBIT|只收不付|No debits
PARTLY|部分冻结|Partly frozen
FROZEN|全额冻结|Frozen
PLEDGED|质押|Pledged
""",
)
define(
    "amount_unit",
    "金额单位",
    "Unit of amounts",
    """
ONE|元|One
THOUSAND|千元|Thousand
TEN_THOUSAND|万元|Ten thousand
MILLION|百万元|Million
""",
)
define(
    "balance_band",
    "余额区间",
    "Band of the balance",
    """
NONE|零|None
LOW|低|Low
MEDIUM|中|Medium
HIGH|高|High
PRIVATE|私行|Private banking
""",
)
define(
    "amount_basis",
    "金额依据",
    "How an amount is known",
    """
DECLARED|客户申报|Declared
EVIDENCED|有证明材料|Evidenced
ESTIMATED|估计|Estimated
""",
)
define(
    "source_of_funds",
    "资金来源",
    "Source of funds",
    """
SALARY|工资收入|Salary
BUSINESS|经营收入|Business
INVESTMENT|投资收益|Investment
PROPERTY|财产转让或租赁|Property
PENSION|养老金|Pension
FAMILY|家庭支持或继承|Family or inheritance
OTHER|其他|Other
""",
)
define(
    "statement_period",
    "报表期间",
    "Period of a statement",
    """
YEAR|年报|Year
HALF|半年报|Half-year
QUARTER|季报|Quarter
MONTH|月报|Month
""",
)
