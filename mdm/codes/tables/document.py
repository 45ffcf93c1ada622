"""Lists about documents."""

from mdm.codes.lists import define

define(
    "document_kind",
    "资料类型",
    "Kind of document",
    """
ID_FRONT|证件正面|Identity document, front
ID_BACK|证件背面|Identity document, back
PORTRAIT|人像照片|Portrait
LICENCE|登记证照|Registration certificate
CHARTER|章程|Articles of association
SEAL|印鉴卡|Specimen seal
MANDATE|授权委托书|Power of attorney
AGREEMENT|协议文本|Agreement
CONSENT|授权同意书|Consent
ADDRESS_PROOF|地址证明|Proof of address
INCOME_PROOF|收入证明|Proof of income
TAX_FORM|税收居民身份声明|Tax residence form
INVESTOR_PROOF|合格投资者证明|Proof of investor status
OWNERSHIP|股权与受益所有人资料|Ownership and beneficial owners
DUE_DILIGENCE|尽职调查资料|Due diligence
CASE|工单材料|Material of a case
OTHER|其他资料|Other
""",
)
