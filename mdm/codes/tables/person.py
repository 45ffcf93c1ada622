"""Lists about persons: sex, marital status, education, occupation, residence."""

from mdm.codes.lists import define

# GB/T 2261.1 and ISO/IEC 5218 write sex as 0, 1, 2, 9; travel documents as M, F, X.
define(
    "sex",
    "性别",
    "Sex",
    """
M|男|Male|1,男性
F|女|Female|2,女性
X|未说明|Unspecified|0,9,未知,未知的性别,U,<
""",
)
define(
    "marital_status",
    "婚姻状况",
    "Marital status",
    """
10|未婚|Never married|1,SINGLE
20|已婚|Married|2
21|初婚|Married for the first time
22|再婚|Remarried
23|复婚|Remarried to the same spouse
30|丧偶|Widowed|3
40|离婚|Divorced|4,离异
90|未说明的婚姻状况|Unspecified|9,未知
""",
)  # GB/T 2261.2-2003
define(
    "education",
    "学历",
    "Education",
    """
10|研究生教育|Postgraduate|1,研究生
11|博士研究生|Doctoral degree course|博士
14|硕士研究生|Master's degree course|硕士
20|大学本科教育|Undergraduate|2,本科,大学本科,大学
30|大学专科教育|Junior college|3,大专,专科,大学专科
40|中等职业教育|Secondary vocational|4,中专,中职
60|普通高级中学教育|Senior secondary|6,高中
70|初级中学教育|Junior secondary|7,初中
80|小学教育|Primary|8,小学
90|其他|Other|9,文盲,未知
""",
)  # GB/T 4658-2006, large classes and the two research degrees
define(
    "degree",
    "学位",
    "Academic degree",
    """
1|名誉博士|Honorary doctor
2|博士|Doctor
3|硕士|Master
4|学士|Bachelor
""",
)  # GB/T 6864-2003, large classes
define(
    "domicile",
    "住所",
    "Domicile",
    """
CHINA|在中国境内有住所|Domiciled in China
ABROAD|在中国境内无住所|Not domiciled in China
""",
)  # Individual Income Tax Law, article 1: one of the tests of tax residence
define(
    "civil_capacity",
    "民事行为能力",
    "Capacity for civil acts",
    """
FULL|完全民事行为能力|Full
LIMITED|限制民事行为能力|Limited
NONE|无民事行为能力|None
""",
)  # Civil Code, articles 17 to 22
define(
    "housing",
    "住房情况",
    "Housing",
    """
OWNED|自有无贷款|Owned
MORTGAGED|自有有贷款|Owned, with a mortgage
RENTED|租住|Rented
FAMILY|与亲属同住|With family
EMPLOYER|单位宿舍|Provided by the employer
OTHER|其他|Other
""",
)
define(
    "vehicle",
    "车辆情况",
    "Vehicle",
    """
NONE|无车|None
OWNED|自有无贷款|Owned
FINANCED|自有有贷款|Owned, with a loan
""",
)
define(
    "occupation",
    "职业",
    "Occupation",
    """
1|党的机关、国家机关、群众团体和社会组织、企事业单位负责人|Heads of organisations
2|专业技术人员|Professionals and technicians
3|办事人员和有关人员|Clerks and related staff
4|社会生产服务和生活服务人员|Service workers
5|农、林、牧、渔业生产及辅助人员|Farming, forestry, animal husbandry and fishery workers
6|生产制造及有关人员|Production workers
7|军人|Armed forces|X
8|不便分类的其他从业人员|Not classified elsewhere|Y
""",
)  # GB/T 6565-2015, large classes
define(
    "resident_status",
    "居民身份",
    "Residence status",
    """
RESIDENT|居民|Resident|1
NON_RESIDENT|非居民|Non-resident|2
""",
)
