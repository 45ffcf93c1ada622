"""The table of masks (domain 5.4)."""

import pytest

from security.crypto.masking import id_kind, kinds, mask


@pytest.mark.parametrize(
    ("kind", "clear", "shown"),
    [
        ("person_name", "张三", "*三"),
        ("person_name", "张三丰", "**丰"),
        ("person_name", "欧阳小明", "**明"),
        ("person_name", "买买提·吐尔逊", "**逊"),
        ("person_name", "丰", "**"),
        ("person_name", "Maria Garcia", "M*** G***"),
        ("person_name", "Bo Li", "B*** L***"),
        ("person_name", "Juan Carlos de la Vega", "J*** V***"),
        ("person_name", "Cher", "C***"),
        ("org_name", "北京某某科技有限公司", "北京某某科技有限公司"),
        ("resident_id", "11010519491231002X", "110***********002X"),
        ("resident_id", "110105491231002", "110********1002"),
        ("resident_id", "1101051949", "11*****49"),
        ("passport", "E12345678", "E1*****78"),
        ("passport", "H12345678", "H1*****78"),
        ("passport", "AB12345", "A*****5"),
        ("passport", "A1234", "*****"),
        ("uscc", "91350100M000100Y43", "91350100M000100Y43"),
        ("mobile", "13812345678", "138****5678"),
        ("mobile", "+8613812345678", "138****5678"),
        ("mobile", "+86 138-1234-5678", "138****5678"),
        ("mobile", "+447911123456", "+44****3456"),
        ("mobile", "1234", "****"),
        ("landline", "010-87651234", "010-****1234"),
        ("landline", "+861087651234", "010-****1234"),
        ("landline", "+8675587651234", "0755-****1234"),
        ("landline", "0317-7651234", "0317-****1234"),
        ("landline", "87651234", "****34"),
        ("phone", "+8613812345678", "138****5678"),
        ("phone", "+861087651234", "010-****1234"),
        ("email", "zhangsan@bank.cn", "z***@bank.cn"),
        ("email", "no address", "***@***"),
        ("card", "6222021234567895679", "622202*********5679"),
        ("card", "6222 0212 3456 7890", "622202******7890"),
        ("card", "12345678", "****5678"),
        ("card", "1234567", "****"),
        ("address", "北京市海淀区中关村大街27号", "北京市海淀区****"),
        ("address", "广东省深圳市南山区科技园1号", "广东省深圳市南山区****"),
        ("address", "河北省任丘市某街3号", "河北省任丘市****"),
        ("address", "东城小区5栋", "****"),
        ("address", "1 Main Street", "****"),
        ("address_detail", "中关村大街27号", "****"),
        ("birth_date", "1990-03-07", "1990-**-**"),
        ("birth_date", "unknown", "****-**-**"),
        ("amount", "350000", "300–500k"),
        ("amount", "300000", "300–500k"),
        ("amount", "9,999.99", "<10k"),
        ("amount", "750000", "500k–1M"),
        ("amount", "2000000", "1–3M"),
        ("amount", "900000000000", "≥500M"),
        ("amount", "-1", "<0"),
        ("amount", "NaN", "****"),
        ("amount", "much", "****"),
        ("other_id", "12345", "*****"),
        ("other_id", "123456789", "1*****9"),
        ("other_id", "1234567890", "12*****90"),
        ("free_text", "anything at all", "****"),
        ("a kind nobody knows", "secret", "****"),
    ],
)
def test_standard_masks(kind: str, clear: str, shown: str) -> None:
    assert mask(kind, clear) == shown


@pytest.mark.parametrize(
    ("kind", "clear", "shown"),
    [
        ("resident_id", "11010519491231002X", "1****************X"),
        ("passport", "E12345678", "E*****8"),
        ("person_name", "张三丰", "**"),
        ("person_name", "Maria Garcia", "***"),
        ("mobile", "13812345678", "1******5678"),
        ("landline", "010-87651234", "0**-****1234"),
        ("email", "zhangsan@bank.cn", "***@***"),
        ("card", "6222021234567895679", "****5679"),
        ("address", "北京市海淀区中关村大街27号", "****"),
        ("birth_date", "1990-03-07", "****-**-**"),
        ("amount", "350000", "****"),
    ],
)
def test_strict_masks(kind: str, clear: str, shown: str) -> None:
    assert mask(kind, clear, "strict") == shown
    assert mask(kind, clear, "a profile nobody knows") == shown


def test_surname_profile_keeps_the_family_name() -> None:
    assert mask("person_name", "张三丰", "surname") == "张**"
    assert mask("person_name", "张三", "surname") == "张*"


@pytest.mark.parametrize("kind", sorted(kinds() - {"org_name", "uscc", "public_id"}))
@pytest.mark.parametrize("profile", ["standard", "strict", "surname"])
def test_short_values_are_never_shown_whole(kind: str, profile: str) -> None:
    for clear in ("7", "73", "735", "7350", "73501", "李", "李雷"):
        assert clear not in mask(kind, clear, profile)


def test_lengths_tell_nothing() -> None:
    assert {len(mask("person_name", "王" * size)) for size in range(3, 12)} == {3}
    assert {mask("person_name", f"A{'b' * size} C{'d' * size}") for size in range(1, 20)} == {"A*** C***"}
    assert len({len(mask("other_id", "7" * size)) for size in range(10, 20)}) == 1
    assert {mask("email", f"x{'y' * size}@z.cn") for size in range(1, 20)} == {"x***@z.cn"}


def test_blank_stays_blank() -> None:
    assert [mask(kind, "  ") for kind in sorted(kinds())] == [""] * len(kinds())


@pytest.mark.parametrize(
    ("credential", "kind"),
    [("P01", "resident_id"), ("P11", "passport"), ("P16", "other_id"), ("O01", "uscc"), ("O07", "public_id")],
)
def test_credential_types_choose_their_mask(credential: str, kind: str) -> None:
    assert id_kind(credential) == kind


def test_unknown_credential_types_take_the_careful_mask() -> None:
    assert id_kind("X99") == id_kind(None) == id_kind("") == "other_id"
