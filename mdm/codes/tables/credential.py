"""Lists about credentials: document types (domain reference 1.4), their states, verification methods."""

from mdm.codes.lists import define

#: States in which a document no longer speaks for its holder.
GONE_STATES = frozenset({"SUPERSEDED", "VOID", "REVOKED", "LOST"})

define(
    "credential_type",
    "证件类型",
    "Credential type",
    """
P01|居民身份证|Resident identity card|身份证,二代身份证,ID
P02|临时居民身份证|Temporary resident identity card|临时身份证
P03|户口簿|Household register|户口本
P04|军人证件|Military card|军官证,士兵证,军人身份证
P05|武警证件|Armed police card|武警证,武装警察证件
P06|港澳居民来往内地通行证|Mainland travel permit for Hong Kong and Macao residents|回乡证,港澳通行证
P06N|港澳居民来往内地通行证（非中国籍）|Mainland travel permit for non-Chinese HK and Macao residents
P07|台湾居民来往大陆通行证|Mainland travel permit for Taiwan residents|台胞证
P08|港澳台居民居住证|Residence permit for Hong Kong, Macao and Taiwan residents
P09|外国人永久居留身份证（15位）|Foreign permanent resident card (15 characters)
P10|外国人永久居留身份证（18位）|Foreign permanent resident card (18 digits)|外国人永久居留身份证
P11|中国护照|Chinese passport|护照
P12|外国护照|Foreign passport|PASSPORT
P13|香港、澳门身份证|Hong Kong or Macao identity card|香港身份证,澳门身份证,HKID
P14|台湾身份证|Taiwan identity card
P15|驾驶证及其他个人证件|Driving licence or other personal document|驾驶证,其他证件,其他
P16|境外社会保障号或国民号|Foreign social security or national number|SSN
O01|统一社会信用代码|Unified social credit code|USCC,统一社会信用代码证
O02|组织机构代码|Organisation code|组织机构代码证
O03|营业执照注册号|Business licence registration number|营业执照
O04|税务登记号|Tax registration number|税务登记证
O05|开户许可证或基本存款账户编号|Account permit or basic deposit account number|开户许可证
O06|其他机构证照|Other licence of an organisation|事业单位法人证书,社会团体法人登记证书
O07|全球法人识别编码|Legal Entity Identifier|LEI
O08|银行识别代码或金融许可证|BIC or financial licence|BIC,SWIFT,金融许可证
O09|全球中介机构识别码|Global Intermediary Identification Number|GIIN
""",
)
define(
    "credential_state",
    "证件状态",
    "Credential state",
    """
DRAFT|草稿|Draft
PENDING_VERIFY|待核实|Awaiting verification
VERIFIED|有效|Verified
VERIFY_FAILED|核实未通过|Verification failed
EXPIRING|即将到期|Expiring
EXPIRED|已过期|Expired
GRACE|宽限期|In grace period
LOST|挂失|Lost
REVOKED|已吊销|Revoked
SUPERSEDED|已换证|Superseded
VOID|作废|Void
""",
)
define(
    "verification_method",
    "核实方式",
    "Verification method",
    """
NETWORK_CHECK|联网核查|Networked check
OCR_NFC|证件识读|Document reading
FACE|人脸比对|Face comparison
FOUR_ELEMENTS|四要素验证|Four elements
THREE_OPERATORS|运营商三要素验证|Three elements with operators
COMPANY_REGISTRY|工商登记核验|Company registry
PHONE_OTP|短信验证码|One-time code by phone
MANUAL|人工核实|Manual
""",
)
define(
    "verification_outcome",
    "核实结果",
    "Outcome of a verification",
    """
CONSISTENT|一致，有照片|Consistent, with photo
CONSISTENT_NO_PHOTO|一致，无照片|Consistent, no photo
NAME_DIFFERS|号码存在，姓名不符|Number known, name differs
NOT_FOUND|库中无此号|Number not in the register
INVALIDATED|证件已失效|Document invalidated by its issuer
NOT_DONE|未能核查|Check not done
""",
)
define(
    "reading_result",
    "读取结果",
    "Result of reading a document",
    """
AGREES|一致|Agrees
DIFFERS|不一致|Differs
UNREADABLE|无法读取|Unreadable
""",
)
define(
    "replacement_kind",
    "换证方式",
    "How a document was replaced",
    """
RENEWED|到期换证|Renewed
REPLACED|补领换发|Replaced
UPGRADED|号码升位|Number upgraded
""",
)
