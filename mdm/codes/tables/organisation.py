"""Lists about organisations: industry, economy type, size; legal-form suffixes of their names."""

from mdm.codes.lists import define

define(
    "industry",
    "行业",
    "Industry",
    """
A|农、林、牧、渔业|Agriculture, forestry, animal husbandry and fishery
B|采矿业|Mining
C|制造业|Manufacturing
D|电力、热力、燃气及水生产和供应业|Electricity, heat, gas and water
E|建筑业|Construction
F|批发和零售业|Wholesale and retail
G|交通运输、仓储和邮政业|Transport, storage and post
H|住宿和餐饮业|Accommodation and catering
I|信息传输、软件和信息技术服务业|Information, software and IT services
J|金融业|Finance
K|房地产业|Real estate
L|租赁和商务服务业|Leasing and business services
M|科学研究和技术服务业|Research and technical services
N|水利、环境和公共设施管理业|Water, environment and public facilities
O|居民服务、修理和其他服务业|Residential, repair and other services
P|教育|Education
Q|卫生和社会工作|Health and social work
R|文化、体育和娱乐业|Culture, sports and entertainment
S|公共管理、社会保障和社会组织|Public administration, social security and social organisations
T|国际组织|International organisations
""",
)  # GB/T 4754-2017, sections
define(
    "economy_type",
    "经济类型",
    "Economy type",
    """
110|国有全资|Wholly state-owned
120|集体全资|Collectively owned
130|股份合作|Shareholding cooperative
140|联营|Joint operation
150|有限责任（公司）|Limited liability
160|股份有限（公司）|Company limited by shares
170|私有|Private
190|其他内资|Other domestic
200|港澳台投资|Invested from Hong Kong, Macao or Taiwan
300|国外投资|Foreign-invested
900|其他|Other
""",
)  # GB/T 12402-2000, main classes
define(
    "enterprise_size",
    "企业规模",
    "Enterprise size",
    """
LARGE|大型|Large|L,1,大
MEDIUM|中型|Medium|M,2,中
SMALL|小型|Small|S,3,小
MICRO|微型|Micro|X,4,微
""",
)  # 统计上大中小微型企业划分办法（2017）
define(
    "listing_status",
    "上市情况",
    "Listing",
    """
UNLISTED|未上市|Not listed
LISTED|上市|Listed
QUOTED|新三板挂牌|Quoted (NEEQ)
SUSPENDED|停牌|Suspended
DELISTED|退市|Delisted
""",
)
define(
    "exchange",
    "交易所",
    "Exchange",
    """
XSHG|上海证券交易所|Shanghai Stock Exchange|SSE
XSHE|深圳证券交易所|Shenzhen Stock Exchange|SZSE
BJSE|北京证券交易所|Beijing Stock Exchange|BSE
NEEQ|全国中小企业股份转让系统|National Equities Exchange and Quotations
XHKG|香港交易所|Hong Kong Exchanges|HKEX
XTAI|台湾证券交易所|Taiwan Stock Exchange
XNYS|纽约证券交易所|New York Stock Exchange|NYSE
XNAS|纳斯达克|Nasdaq|NASDAQ
XLON|伦敦证券交易所|London Stock Exchange|LSE
XSES|新加坡交易所|Singapore Exchange|SGX
XTKS|东京证券交易所|Tokyo Stock Exchange|TSE
OTHER|其他|Other
""",
)  # ISO 10383; NEEQ and OTHER are ours
define(
    "organisation_end",
    "终止方式",
    "How an organisation ended",
    """
CANCELLED|注销|Cancelled
REVOKED|吊销|Licence revoked
BANKRUPT|破产|Bankrupt
MERGED|合并或分立|Merged or divided
""",
)

#: Endings that name the legal form and not the organisation, in Chinese; the match key leaves them out.
LEGAL_FORMS_ZH = (
    "股份有限公司",
    "有限责任公司",
    "股份公司",
    "有限公司",
    "集团公司",
    "总公司",
    "分公司",
    "公司",
    "普通合伙",
    "特殊普通合伙",
    "有限合伙",
    "个体工商户",
    "个人独资企业",
)
#: The same in Latin script, one word each, upper case, without full stops.
LEGAL_FORMS_LATIN = frozenset(
    "CO COMPANY CORP CORPORATION INC INCORPORATED LTD LIMITED LLC LLP LP PLC PTE PTY GMBH AG KG SA SAS SARL"
    " SRL SPA NV BV AB AS OY KK SDN BHD JSC PJSC".split()
)
