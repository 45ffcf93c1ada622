"""Lists about phones, e-mails and addresses."""

from mdm.codes.lists import define

define(
    "phone_kind",
    "电话类型",
    "Kind of phone",
    """
MOBILE|手机|Mobile|移动电话
HOME_TEL|住宅电话|Home telephone|家庭电话
WORK_TEL|单位电话|Work telephone|办公电话
FAX|传真|Fax
""",
)
define(
    "email_kind",
    "邮箱类型",
    "Kind of e-mail",
    """
PERSONAL|个人邮箱|Personal
WORK|工作邮箱|Work
""",
)
define(
    "further_contact_kind",
    "其他联系方式类型",
    "Kind of further contact",
    """
WECHAT|微信号|WeChat
APP_DEVICE|手机银行设备|Device with the bank's app
WEBSITE|网站|Website
EMERGENCY|紧急联系人|In an emergency
""",
)
define(
    "address_kind",
    "地址类型",
    "Kind of address",
    """
RESIDENCE|居住地址|Residence|住宅地址,家庭地址
REGISTERED|注册或户籍地址|Registered address|户籍地址,注册地址
MAILING|通讯地址|Mailing address|邮寄地址
WORK|单位地址|Work address
BUSINESS|经营地址|Business address
TAX|税收地址|Tax address
""",
)
define(
    "verified_state",
    "验证状态",
    "Verification state",
    """
UNVERIFIED|未验证|Unverified
VERIFIED|已验证|Verified|OTP_VERIFIED
BOUNCED|退回|Bounced
RECYCLED|号码已回收|Number recycled
""",
)
define(
    "contact_purpose",
    "联系用途",
    "Purpose of contact",
    """
STATEMENT|对账单|Statements
SECURITY|安全提醒与验证码|Security and codes
SERVICE|服务通知|Service
MARKETING|营销|Marketing
""",
)
define(
    "notice_channel",
    "联系渠道",
    "Channel of contact",
    """
BRANCH|网点|Branch
PHONE|电话|Telephone
SMS|短信|Text message
EMAIL|电子邮件|E-mail
POST|邮寄|Post
APP|手机银行|Mobile app
WECHAT|微信|WeChat
""",
)
define(
    "consent_purpose",
    "个人信息处理目的",
    "Purpose of processing",
    """
SERVICE|提供产品与服务|Products and services
MARKETING|营销推介|Marketing
CREDIT_QUERY|征信查询|Credit bureau query
GROUP_SHARING|集团内共享|Sharing inside the group
THIRD_PARTY|向第三方提供|Sharing with third parties
CROSS_BORDER|跨境提供|Sharing across borders
BIOMETRIC|生物识别信息|Biometrics
AUTOMATED|自动化决策|Automated decisions
""",
)
define(
    "consent_decision",
    "同意情况",
    "Decision on consent",
    """
GRANTED|同意|Granted|GRANT,Y
DENIED|拒绝|Denied|DENY,N
WITHDRAWN|撤回|Withdrawn|REVOKED
""",
)
