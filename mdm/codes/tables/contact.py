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
