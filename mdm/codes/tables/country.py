"""Countries and areas of ISO 3166-1: alpha-3, Chinese and English name, alpha-2 and numeric code.

249 entries; short names after GB/T 2659.1 and the Unicode CLDR. Nationality adds what a travel
document says of a holder without one (ICAO Doc 9303 part 3, section 5).
"""

from mdm.codes.lists import define

_COUNTRIES = """
ABW|阿鲁巴|Aruba|AW,533
AFG|阿富汗|Afghanistan|AF,004
AGO|安哥拉|Angola|AO,024
AIA|安圭拉|Anguilla|AI,660
ALA|奥兰群岛|Åland Islands|AX,248
ALB|阿尔巴尼亚|Albania|AL,008
AND|安道尔|Andorra|AD,020
ARE|阿拉伯联合酋长国|United Arab Emirates|AE,784
ARG|阿根廷|Argentina|AR,032
ARM|亚美尼亚|Armenia|AM,051
ASM|美属萨摩亚|American Samoa|AS,016
ATA|南极洲|Antarctica|AQ,010
ATF|法属南部领地|French Southern Territories|TF,260
ATG|安提瓜和巴布达|Antigua and Barbuda|AG,028
AUS|澳大利亚|Australia|AU,036
AUT|奥地利|Austria|AT,040
AZE|阿塞拜疆|Azerbaijan|AZ,031
BDI|布隆迪|Burundi|BI,108
BEL|比利时|Belgium|BE,056
BEN|贝宁|Benin|BJ,204
BES|荷属加勒比区|Caribbean Netherlands|BQ,535
BFA|布基纳法索|Burkina Faso|BF,854
BGD|孟加拉国|Bangladesh|BD,050
BGR|保加利亚|Bulgaria|BG,100
BHR|巴林|Bahrain|BH,048
BHS|巴哈马|Bahamas|BS,044
BIH|波斯尼亚和黑塞哥维那|Bosnia and Herzegovina|BA,070
BLM|圣巴泰勒米|Saint Barthélemy|BL,652
BLR|白俄罗斯|Belarus|BY,112
BLZ|伯利兹|Belize|BZ,084
BMU|百慕大|Bermuda|BM,060
BOL|玻利维亚|Bolivia|BO,068
BRA|巴西|Brazil|BR,076
BRB|巴巴多斯|Barbados|BB,052
BRN|文莱|Brunei|BN,096
BTN|不丹|Bhutan|BT,064
BVT|布韦岛|Bouvet Island|BV,074
BWA|博茨瓦纳|Botswana|BW,072
CAF|中非共和国|Central African Republic|CF,140
CAN|加拿大|Canada|CA,124
CCK|科科斯（基林）群岛|Cocos (Keeling) Islands|CC,166
CHE|瑞士|Switzerland|CH,756
CHL|智利|Chile|CL,152
CHN|中国|China|CN,156
CIV|科特迪瓦|Côte d'Ivoire|CI,384
CMR|喀麦隆|Cameroon|CM,120
COD|刚果（金）|Congo (Kinshasa)|CD,180
COG|刚果（布）|Congo (Brazzaville)|CG,178
COK|库克群岛|Cook Islands|CK,184
COL|哥伦比亚|Colombia|CO,170
COM|科摩罗|Comoros|KM,174
CPV|佛得角|Cape Verde|CV,132
CRI|哥斯达黎加|Costa Rica|CR,188
CUB|古巴|Cuba|CU,192
CUW|库拉索|Curaçao|CW,531
CXR|圣诞岛|Christmas Island|CX,162
CYM|开曼群岛|Cayman Islands|KY,136
CYP|塞浦路斯|Cyprus|CY,196
CZE|捷克|Czechia|CZ,203
DEU|德国|Germany|DE,276
DJI|吉布提|Djibouti|DJ,262
DMA|多米尼克|Dominica|DM,212
DNK|丹麦|Denmark|DK,208
DOM|多米尼加共和国|Dominican Republic|DO,214
DZA|阿尔及利亚|Algeria|DZ,012
ECU|厄瓜多尔|Ecuador|EC,218
EGY|埃及|Egypt|EG,818
ERI|厄立特里亚|Eritrea|ER,232
ESH|西撒哈拉|Western Sahara|EH,732
ESP|西班牙|Spain|ES,724
EST|爱沙尼亚|Estonia|EE,233
ETH|埃塞俄比亚|Ethiopia|ET,231
FIN|芬兰|Finland|FI,246
FJI|斐济|Fiji|FJ,242
FLK|福克兰群岛|Falkland Islands|FK,238
FRA|法国|France|FR,250
FRO|法罗群岛|Faroe Islands|FO,234
FSM|密克罗尼西亚|Micronesia|FM,583
GAB|加蓬|Gabon|GA,266
GBR|英国|United Kingdom|GB,826
GEO|格鲁吉亚|Georgia|GE,268
GGY|根西岛|Guernsey|GG,831
GHA|加纳|Ghana|GH,288
GIB|直布罗陀|Gibraltar|GI,292
GIN|几内亚|Guinea|GN,324
GLP|瓜德罗普|Guadeloupe|GP,312
GMB|冈比亚|Gambia|GM,270
GNB|几内亚比绍|Guinea-Bissau|GW,624
GNQ|赤道几内亚|Equatorial Guinea|GQ,226
GRC|希腊|Greece|GR,300
GRD|格林纳达|Grenada|GD,308
GRL|格陵兰|Greenland|GL,304
GTM|危地马拉|Guatemala|GT,320
GUF|法属圭亚那|French Guiana|GF,254
GUM|关岛|Guam|GU,316
GUY|圭亚那|Guyana|GY,328
HKG|中国香港|Hong Kong, China|HK,344
HMD|赫德岛和麦克唐纳群岛|Heard and McDonald Islands|HM,334
HND|洪都拉斯|Honduras|HN,340
HRV|克罗地亚|Croatia|HR,191
HTI|海地|Haiti|HT,332
HUN|匈牙利|Hungary|HU,348
IDN|印度尼西亚|Indonesia|ID,360
IMN|马恩岛|Isle of Man|IM,833
IND|印度|India|IN,356
IOT|英属印度洋领地|British Indian Ocean Territory|IO,086
IRL|爱尔兰|Ireland|IE,372
IRN|伊朗|Iran|IR,364
IRQ|伊拉克|Iraq|IQ,368
ISL|冰岛|Iceland|IS,352
ISR|以色列|Israel|IL,376
ITA|意大利|Italy|IT,380
JAM|牙买加|Jamaica|JM,388
JEY|泽西岛|Jersey|JE,832
JOR|约旦|Jordan|JO,400
JPN|日本|Japan|JP,392
KAZ|哈萨克斯坦|Kazakhstan|KZ,398
KEN|肯尼亚|Kenya|KE,404
KGZ|吉尔吉斯斯坦|Kyrgyzstan|KG,417
KHM|柬埔寨|Cambodia|KH,116
KIR|基里巴斯|Kiribati|KI,296
KNA|圣基茨和尼维斯|Saint Kitts and Nevis|KN,659
KOR|韩国|South Korea|KR,410
KWT|科威特|Kuwait|KW,414
LAO|老挝|Laos|LA,418
LBN|黎巴嫩|Lebanon|LB,422
LBR|利比里亚|Liberia|LR,430
LBY|利比亚|Libya|LY,434
LCA|圣卢西亚|Saint Lucia|LC,662
LIE|列支敦士登|Liechtenstein|LI,438
LKA|斯里兰卡|Sri Lanka|LK,144
LSO|莱索托|Lesotho|LS,426
LTU|立陶宛|Lithuania|LT,440
LUX|卢森堡|Luxembourg|LU,442
LVA|拉脱维亚|Latvia|LV,428
MAC|中国澳门|Macao, China|MO,446
MAF|法属圣马丁|Saint Martin|MF,663
MAR|摩洛哥|Morocco|MA,504
MCO|摩纳哥|Monaco|MC,492
MDA|摩尔多瓦|Moldova|MD,498
MDG|马达加斯加|Madagascar|MG,450
MDV|马尔代夫|Maldives|MV,462
MEX|墨西哥|Mexico|MX,484
MHL|马绍尔群岛|Marshall Islands|MH,584
MKD|北马其顿|North Macedonia|MK,807
MLI|马里|Mali|ML,466
MLT|马耳他|Malta|MT,470
MMR|缅甸|Myanmar|MM,104
MNE|黑山|Montenegro|ME,499
MNG|蒙古|Mongolia|MN,496
MNP|北马里亚纳群岛|Northern Mariana Islands|MP,580
MOZ|莫桑比克|Mozambique|MZ,508
MRT|毛里塔尼亚|Mauritania|MR,478
MSR|蒙特塞拉特|Montserrat|MS,500
MTQ|马提尼克|Martinique|MQ,474
MUS|毛里求斯|Mauritius|MU,480
MWI|马拉维|Malawi|MW,454
MYS|马来西亚|Malaysia|MY,458
MYT|马约特|Mayotte|YT,175
NAM|纳米比亚|Namibia|NA,516
NCL|新喀里多尼亚|New Caledonia|NC,540
NER|尼日尔|Niger|NE,562
NFK|诺福克岛|Norfolk Island|NF,574
NGA|尼日利亚|Nigeria|NG,566
NIC|尼加拉瓜|Nicaragua|NI,558
NIU|纽埃|Niue|NU,570
NLD|荷兰|Netherlands|NL,528
NOR|挪威|Norway|NO,578
NPL|尼泊尔|Nepal|NP,524
NRU|瑙鲁|Nauru|NR,520
NZL|新西兰|New Zealand|NZ,554
OMN|阿曼|Oman|OM,512
PAK|巴基斯坦|Pakistan|PK,586
PAN|巴拿马|Panama|PA,591
PCN|皮特凯恩群岛|Pitcairn Islands|PN,612
PER|秘鲁|Peru|PE,604
PHL|菲律宾|Philippines|PH,608
PLW|帕劳|Palau|PW,585
PNG|巴布亚新几内亚|Papua New Guinea|PG,598
POL|波兰|Poland|PL,616
PRI|波多黎各|Puerto Rico|PR,630
PRK|朝鲜|North Korea|KP,408
PRT|葡萄牙|Portugal|PT,620
PRY|巴拉圭|Paraguay|PY,600
PSE|巴勒斯坦|Palestine|PS,275
PYF|法属波利尼西亚|French Polynesia|PF,258
QAT|卡塔尔|Qatar|QA,634
REU|留尼汪|Réunion|RE,638
ROU|罗马尼亚|Romania|RO,642
RUS|俄罗斯|Russia|RU,643
RWA|卢旺达|Rwanda|RW,646
SAU|沙特阿拉伯|Saudi Arabia|SA,682
SDN|苏丹|Sudan|SD,729
SEN|塞内加尔|Senegal|SN,686
SGP|新加坡|Singapore|SG,702
SGS|南乔治亚和南桑威奇群岛|South Georgia and South Sandwich Islands|GS,239
SHN|圣赫勒拿|Saint Helena|SH,654
SJM|斯瓦尔巴和扬马延|Svalbard and Jan Mayen|SJ,744
SLB|所罗门群岛|Solomon Islands|SB,090
SLE|塞拉利昂|Sierra Leone|SL,694
SLV|萨尔瓦多|El Salvador|SV,222
SMR|圣马力诺|San Marino|SM,674
SOM|索马里|Somalia|SO,706
SPM|圣皮埃尔和密克隆群岛|Saint Pierre and Miquelon|PM,666
SRB|塞尔维亚|Serbia|RS,688
SSD|南苏丹|South Sudan|SS,728
STP|圣多美和普林西比|São Tomé and Príncipe|ST,678
SUR|苏里南|Suriname|SR,740
SVK|斯洛伐克|Slovakia|SK,703
SVN|斯洛文尼亚|Slovenia|SI,705
SWE|瑞典|Sweden|SE,752
SWZ|斯威士兰|Eswatini|SZ,748
SXM|荷属圣马丁|Sint Maarten|SX,534
SYC|塞舌尔|Seychelles|SC,690
SYR|叙利亚|Syria|SY,760
TCA|特克斯和凯科斯群岛|Turks and Caicos Islands|TC,796
TCD|乍得|Chad|TD,148
TGO|多哥|Togo|TG,768
THA|泰国|Thailand|TH,764
TJK|塔吉克斯坦|Tajikistan|TJ,762
TKL|托克劳|Tokelau|TK,772
TKM|土库曼斯坦|Turkmenistan|TM,795
TLS|东帝汶|Timor-Leste|TL,626
TON|汤加|Tonga|TO,776
TTO|特立尼达和多巴哥|Trinidad and Tobago|TT,780
TUN|突尼斯|Tunisia|TN,788
TUR|土耳其|Türkiye|TR,792
TUV|图瓦卢|Tuvalu|TV,798
TWN|中国台湾|Taiwan, China|TW,158
TZA|坦桑尼亚|Tanzania|TZ,834
UGA|乌干达|Uganda|UG,800
UKR|乌克兰|Ukraine|UA,804
UMI|美国本土外小岛屿|U.S. Outlying Islands|UM,581
URY|乌拉圭|Uruguay|UY,858
USA|美国|United States|US,840
UZB|乌兹别克斯坦|Uzbekistan|UZ,860
VAT|梵蒂冈|Vatican City|VA,336
VCT|圣文森特和格林纳丁斯|Saint Vincent and Grenadines|VC,670
VEN|委内瑞拉|Venezuela|VE,862
VGB|英属维尔京群岛|British Virgin Islands|VG,092
VIR|美属维尔京群岛|U.S. Virgin Islands|VI,850
VNM|越南|Vietnam|VN,704
VUT|瓦努阿图|Vanuatu|VU,548
WLF|瓦利斯和富图纳|Wallis and Futuna|WF,876
WSM|萨摩亚|Samoa|WS,882
YEM|也门|Yemen|YE,887
ZAF|南非|South Africa|ZA,710
ZMB|赞比亚|Zambia|ZM,894
ZWE|津巴布韦|Zimbabwe|ZW,716
"""

_WITHOUT_NATIONALITY = """
XXA|无国籍人|Stateless person
XXB|难民（1951年公约）|Refugee (1951 Convention)
XXC|其他难民|Other refugee
XXX|国籍不详|Unspecified nationality
"""

define("country", "国家和地区", "Country or area", _COUNTRIES)
define("nationality", "国籍", "Nationality", _COUNTRIES + _WITHOUT_NATIONALITY)
