"""Lists about relations."""

from mdm.codes.lists import define

define(
    "relation_kind",
    "关系类型",
    "Kind of relation",
    """
SPOUSE|配偶|Spouse
PARENT|父母|Parent
CHILD|子女|Child
GUARDIAN|监护人|Guardian
WARD|被监护人|Ward
EMPLOYER|雇主|Employer
EMPLOYEE|员工|Employee
LEGAL_REP|法定代表人|Legal representative
IN_CHARGE|负责人|Person in charge
FINANCE_MANAGER|财务负责人|Finance manager
AGENT|授权代理人|Authorised agent
DIRECTOR|董事|Director|034
SHAREHOLDER|股东|Shareholder|069
CONTROLLER|实际控制人|Actual controller
BENEFICIAL_OWNER|受益所有人|Beneficial owner|085
CONTROLLING_PERSON|涉税控制人|Controlling person|118
GROUP_PARENT|集团母公司|Group parent
GROUP_MEMBER|集团成员|Group member
SAME_OWNER|同一控制人|Under the same owner
GUARANTOR|担保人|Guarantor
SUPPLIER|供应商|Supplier
BUYER|采购商|Buyer
ACCOUNT_MANAGER|客户经理|Account manager
""",
)
define(
    "ownership_kind",
    "持股方式",
    "How owned",
    """
DIRECT|直接|Direct
INDIRECT|间接|Indirect
""",
)
