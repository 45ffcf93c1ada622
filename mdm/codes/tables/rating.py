"""Lists about ratings, restrictions and events."""

from mdm.codes.lists import define

define(
    "rating_kind",
    "评级类型",
    "Kind of rating",
    """
AML|洗钱风险等级|Money-laundering risk
CREDIT_INTERNAL|内部信用评级|Internal credit rating
CREDIT_EXTERNAL|外部信用评级|External credit rating
SUITABILITY|风险承受能力|Suitability
DUE_DILIGENCE|尽职调查等级|Due diligence
PEP|政治公众人物|Politically exposed person
SANCTIONS|制裁名单|Sanctions list
ADVERSE_MEDIA|负面舆情|Adverse media
INTERNAL_LIST|内部名单|Internal list
TAX_CREDIT|纳税信用等级|Tax credit grade
""",
)
define(
    "rating_outlook",
    "评级展望",
    "Outlook of a rating",
    """
POSITIVE|正面|Positive
STABLE|稳定|Stable
NEGATIVE|负面|Negative
DEVELOPING|待定|Developing
""",
)
define(
    "hit_disposition",
    "命中处置",
    "Disposition of a hit",
    """
OPEN|待核查|Open
TRUE_MATCH|确认命中|True match
FALSE_MATCH|排除|False match
ESCALATED|已上报|Escalated
""",
)
define(
    "restriction_kind",
    "限制原因",
    "Reason of a restriction",
    """
EXPIRED_ID|证件过期|Expired document
AML_INCOMPLETE|反洗钱要素不全|Missing AML elements
JUDICIAL|司法冻结|Judicial order
FRAUD|涉诈|Fraud
SANCTIONS|名单命中|List hit
DECEASED|身故|Death
INTERNAL|内部管控|Internal control
""",
)
define(
    "restriction_extent",
    "限制范围",
    "Extent of a restriction",
    """
ALL|全部业务|Everything
DEBIT|只收不付|No debits
NEW_BUSINESS|新业务|New business
NON_COUNTER|非柜面业务|Outside the counter
""",
)
define(
    "event_kind",
    "事件类型",
    "Kind of event",
    """
VISIT|拜访|Visit
CALL|通话|Call
COMPLAINT|投诉|Complaint
CAMPAIGN|营销活动|Campaign
LIFE|人生大事|Life event
DUE_DILIGENCE|尽职调查|Due diligence
ID_EXPIRING|证件即将到期|Document expiring
ID_EXPIRED|证件已到期|Document expired
AML_INCOMPLETE|反洗钱要素待补|AML elements missing
RESCREENING|待重新筛查|Screening due
BRANCH_TRANSFER|机构划转|Branch transfer
DECEASED|身故登记|Death recorded
OTHER|其他|Other
""",
)
