"""Currencies: ISO 4217 alphabetic code, Chinese and English name (Unicode CLDR), numeric code."""

from mdm.codes.lists import define

_CURRENCIES = """
AED|阿联酋迪拉姆|United Arab Emirates Dirham|784
AFN|阿富汗尼|Afghan Afghani|971
ALL|阿尔巴尼亚列克|Albanian Lek|008
AMD|亚美尼亚德拉姆|Armenian Dram|051
AOA|安哥拉宽扎|Angolan Kwanza|973
ARS|阿根廷比索|Argentine Peso|032
AUD|澳大利亚元|Australian Dollar|036
AWG|阿鲁巴弗罗林|Aruban Florin|533
AZN|阿塞拜疆马纳特|Azerbaijani Manat|944
BAM|波斯尼亚-黑塞哥维那可兑换马克|Bosnia-Herzegovina Convertible Mark|977
BBD|巴巴多斯元|Barbadian Dollar|052
BDT|孟加拉塔卡|Bangladeshi Taka|050
BHD|巴林第纳尔|Bahraini Dinar|048
BIF|布隆迪法郎|Burundian Franc|108
BMD|百慕大元|Bermudan Dollar|060
BND|文莱元|Brunei Dollar|096
BOB|玻利维亚诺|Bolivian Boliviano|068
BRL|巴西雷亚尔|Brazilian Real|986
BSD|巴哈马元|Bahamian Dollar|044
BTN|不丹努尔特鲁姆|Bhutanese Ngultrum|064
BWP|博茨瓦纳普拉|Botswanan Pula|072
BYN|白俄罗斯卢布|Belarusian Ruble|933
BZD|伯利兹元|Belize Dollar|084
CAD|加拿大元|Canadian Dollar|124
CDF|刚果法郎|Congolese Franc|976
CHF|瑞士法郎|Swiss Franc|756
CLP|智利比索|Chilean Peso|152
CNY|人民币|Chinese Yuan|156,RMB,人民币元
COP|哥伦比亚比索|Colombian Peso|170
CRC|哥斯达黎加科朗|Costa Rican Colón|188
CUP|古巴比索|Cuban Peso|192
CVE|佛得角埃斯库多|Cape Verdean Escudo|132
CZK|捷克克朗|Czech Koruna|203
DJF|吉布提法郎|Djiboutian Franc|262
DKK|丹麦克朗|Danish Krone|208
DOP|多米尼加比索|Dominican Peso|214
DZD|阿尔及利亚第纳尔|Algerian Dinar|012
EGP|埃及镑|Egyptian Pound|818
ERN|厄立特里亚纳克法|Eritrean Nakfa|232
ETB|埃塞俄比亚比尔|Ethiopian Birr|230
EUR|欧元|Euro|978
FJD|斐济元|Fijian Dollar|242
FKP|福克兰群岛镑|Falkland Islands Pound|238
GBP|英镑|British Pound|826
GEL|格鲁吉亚拉里|Georgian Lari|981
GHS|加纳塞地|Ghanaian Cedi|936
GIP|直布罗陀镑|Gibraltar Pound|292
GMD|冈比亚达拉西|Gambian Dalasi|270
GNF|几内亚法郎|Guinean Franc|324
GTQ|危地马拉格查尔|Guatemalan Quetzal|320
GYD|圭亚那元|Guyanaese Dollar|328
HKD|港元|Hong Kong Dollar|344
HNL|洪都拉斯伦皮拉|Honduran Lempira|340
HTG|海地古德|Haitian Gourde|332
HUF|匈牙利福林|Hungarian Forint|348
IDR|印度尼西亚卢比|Indonesian Rupiah|360
ILS|以色列新谢克尔|Israeli New Shekel|376
INR|印度卢比|Indian Rupee|356
IQD|伊拉克第纳尔|Iraqi Dinar|368
IRR|伊朗里亚尔|Iranian Rial|364
ISK|冰岛克朗|Icelandic Króna|352
JMD|牙买加元|Jamaican Dollar|388
JOD|约旦第纳尔|Jordanian Dinar|400
JPY|日元|Japanese Yen|392
KES|肯尼亚先令|Kenyan Shilling|404
KGS|吉尔吉斯斯坦索姆|Kyrgystani Som|417
KHR|柬埔寨瑞尔|Cambodian Riel|116
KMF|科摩罗法郎|Comorian Franc|174
KPW|朝鲜元|North Korean Won|408
KRW|韩元|South Korean Won|410
KWD|科威特第纳尔|Kuwaiti Dinar|414
KYD|开曼元|Cayman Islands Dollar|136
KZT|哈萨克斯坦坚戈|Kazakhstani Tenge|398
LAK|老挝基普|Laotian Kip|418
LBP|黎巴嫩镑|Lebanese Pound|422
LKR|斯里兰卡卢比|Sri Lankan Rupee|144
LRD|利比里亚元|Liberian Dollar|430
LSL|莱索托洛蒂|Lesotho Loti|426
LYD|利比亚第纳尔|Libyan Dinar|434
MAD|摩洛哥迪拉姆|Moroccan Dirham|504
MDL|摩尔多瓦列伊|Moldovan Leu|498
MGA|马达加斯加阿里亚里|Malagasy Ariary|969
MKD|马其顿第纳尔|Macedonian Denar|807
MMK|缅甸元|Myanmar Kyat|104
MNT|蒙古图格里克|Mongolian Tugrik|496
MOP|澳门币|Macanese Pataca|446
MRU|毛里塔尼亚乌吉亚|Mauritanian Ouguiya|929
MUR|毛里求斯卢比|Mauritian Rupee|480
MVR|马尔代夫卢菲亚|Maldivian Rufiyaa|462
MWK|马拉维克瓦查|Malawian Kwacha|454
MXN|墨西哥比索|Mexican Peso|484
MYR|马来西亚林吉特|Malaysian Ringgit|458
MZN|莫桑比克美提卡|Mozambican Metical|943
NAD|纳米比亚元|Namibian Dollar|516
NGN|尼日利亚奈拉|Nigerian Naira|566
NIO|尼加拉瓜科多巴|Nicaraguan Córdoba|558
NOK|挪威克朗|Norwegian Krone|578
NPR|尼泊尔卢比|Nepalese Rupee|524
NZD|新西兰元|New Zealand Dollar|554
OMR|阿曼里亚尔|Omani Rial|512
PAB|巴拿马巴波亚|Panamanian Balboa|590
PEN|秘鲁索尔|Peruvian Sol|604
PGK|巴布亚新几内亚基那|Papua New Guinean Kina|598
PHP|菲律宾比索|Philippine Peso|608
PKR|巴基斯坦卢比|Pakistani Rupee|586
PLN|波兰兹罗提|Polish Zloty|985
PYG|巴拉圭瓜拉尼|Paraguayan Guarani|600
QAR|卡塔尔里亚尔|Qatari Riyal|634
RON|罗马尼亚列伊|Romanian Leu|946
RSD|塞尔维亚第纳尔|Serbian Dinar|941
RUB|俄罗斯卢布|Russian Ruble|643
RWF|卢旺达法郎|Rwandan Franc|646
SAR|沙特里亚尔|Saudi Riyal|682
SBD|所罗门群岛元|Solomon Islands Dollar|090
SCR|塞舌尔卢比|Seychellois Rupee|690
SDG|苏丹镑|Sudanese Pound|938
SEK|瑞典克朗|Swedish Krona|752
SGD|新加坡元|Singapore Dollar|702
SHP|圣赫勒拿群岛磅|St. Helena Pound|654
SLE|塞拉利昂新利昂|Sierra Leonean Leone|925
SOS|索马里先令|Somali Shilling|706
SRD|苏里南元|Surinamese Dollar|968
SSP|南苏丹镑|South Sudanese Pound|728
STN|圣多美和普林西比多布拉|São Tomé & Príncipe Dobra|930
SVC|萨尔瓦多科朗|Salvadoran Colón|222
SYP|叙利亚镑|Syrian Pound|760
SZL|斯威士兰里兰吉尼|Swazi Lilangeni|748
THB|泰铢|Thai Baht|764
TJS|塔吉克斯坦索莫尼|Tajikistani Somoni|972
TMT|土库曼斯坦马纳特|Turkmenistani Manat|934
TND|突尼斯第纳尔|Tunisian Dinar|788
TOP|汤加潘加|Tongan Paʻanga|776
TRY|土耳其里拉|Turkish Lira|949
TTD|特立尼达和多巴哥元|Trinidad & Tobago Dollar|780
TWD|新台币|New Taiwan Dollar|901
TZS|坦桑尼亚先令|Tanzanian Shilling|834
UAH|乌克兰格里夫纳|Ukrainian Hryvnia|980
UGX|乌干达先令|Ugandan Shilling|800
USD|美元|US Dollar|840
UYU|乌拉圭比索|Uruguayan Peso|858
UZS|乌兹别克斯坦苏姆|Uzbekistani Som|860
VED|委内瑞拉主权币|Bolívar Soberano|926
VES|委内瑞拉玻利瓦尔|Venezuelan Bolívar|928
VND|越南盾|Vietnamese Dong|704
VUV|瓦努阿图瓦图|Vanuatu Vatu|548
WST|萨摩亚塔拉|Samoan Tala|882
XAF|中非法郎|Central African CFA Franc|950
XAG|银|Silver|961
XAU|黄金|Gold|959
XCD|东加勒比元|East Caribbean Dollar|951
XCG|加勒比盾|Caribbean Guilder|532
XOF|西非法郎|West African CFA Franc|952
XPF|太平洋法郎|CFP Franc|953
YER|也门里亚尔|Yemeni Rial|886
ZAR|南非兰特|South African Rand|710
ZMW|赞比亚克瓦查|Zambian Kwacha|967
ZWG|津巴布韦金|Zimbabwe Gold|924
"""

define("currency", "币种", "Currency", _CURRENCIES)
