"""Lists about the customer as such: party type, life cycle, names, segment, language, channel."""

from mdm.codes.lists import define

#: Party types that are one natural person (a sole trader is a person who trades).
PERSON_TYPES = frozenset({"PERSON", "SOLE_TRADER"})

define(
    "party_type",
    "客户类型",
    "Party type",
    """
PERSON|个人|Person|个人客户,自然人,INDIVIDUAL
SOLE_TRADER|个体经营者|Sole trader
CORPORATE|企业|Corporate|企业客户,公司,COMPANY
SME|小微企业|Small or medium enterprise|小微
INSTITUTION|事业单位|Public institution
GOVERNMENT|政府机关|Government body|机关
FI|银行业金融机构|Financial institution
NBFI|非银行金融机构|Non-bank financial institution
SOCIAL_ORG|社会组织|Social organisation|社会团体
FUND|基金或产品|Fund or product|PRODUCT
BRANCH|分支机构|Branch
INDIVIDUAL_BUSINESS|个体工商户|Individual business
""",
)
define(
    "lifecycle_status",
    "客户状态",
    "Life-cycle status",
    """
POTENTIAL|潜在|Potential
PENDING|待审核|Pending
ACTIVE|正常|Active
RESTRICTED|受限|Restricted
DORMANT|睡眠|Dormant
CLOSED|已销户|Closed
DECEASED|已故|Deceased
DISSOLVED|已注销|Dissolved
MERGED|已合并|Merged
REJECTED|已拒绝|Rejected
WITHDRAWN|已撤回|Withdrawn
""",
)
define(
    "name_kind",
    "名称类型",
    "Kind of name",
    """
LEGAL|法定名称|Legal name
FORMER|曾用名|Former name
TRADING|商号或字号|Trading name
ALIAS|别名|Alias
ENGLISH|英文名|English name
SHORT|简称|Short name
""",
)
define(
    "segment",
    "客群",
    "Segment",
    """
MASS|大众客户|Mass
AFFLUENT|财富客户|Affluent
PRIVATE|私人银行客户|Private banking
SMALL_BUSINESS|普惠客户|Small business
KEY_ACCOUNT|战略客户|Key account
""",
)
define(
    "service_level",
    "服务等级",
    "Service level",
    """
STANDARD|普通|Standard
SILVER|银卡级|Silver
GOLD|金卡级|Gold
PLATINUM|白金级|Platinum
DIAMOND|钻石级|Diamond
""",
)
# What nobody told is neither: a flag that is false unless told would hide what another source says.
define(
    "yes_no",
    "是否",
    "Yes or no",
    """
Y|是|Yes|1,TRUE
N|否|No|0,FALSE
""",
)
define(
    "language",
    "语言",
    "Language",
    """
zh-Hans|简体中文|Simplified Chinese|zh,zh-cn,chi
zh-Hant|繁体中文|Traditional Chinese|zh-tw,zh-hk
en|英语|English|eng
bo|藏语|Tibetan
ug|维吾尔语|Uyghur
mn|蒙古语|Mongolian
kk|哈萨克语|Kazakh
za|壮语|Zhuang
ja|日语|Japanese
ko|朝鲜语|Korean
ru|俄语|Russian
fr|法语|French
de|德语|German
es|西班牙语|Spanish
ar|阿拉伯语|Arabic
""",
)
define(
    "channel",
    "渠道",
    "Channel",
    """
BRANCH|柜面|Branch counter
COUNTER|员工界面|Staff screens
ONLINE|网上银行|Online banking
MOBILE|手机银行|Mobile banking
PHONE|电话银行|Telephone banking
TERMINAL|自助终端|Self-service terminal
MANAGER|客户经理|Relationship manager
PARTNER|合作机构|Partner
API|系统接口|System interface
BATCH|批量|Batch file
SYSTEM|系统自动|System
""",
)
