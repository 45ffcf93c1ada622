"""The demonstration bank's organisation tree: head office, branches, sub-branches, outlets.

Files and demonstration data take their branch codes from here, so that both name the same tree. A code
is six digits: the province of the branch (GB/T 2260), a sub-branch, an outlet.
"""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Branch:
    """One node: its code, its names, the code of the node above (empty for head office)."""

    code: str
    zh: str
    en: str
    parent: str = ""


HEAD_OFFICE = Branch("000000", "总行", "Head Office")
_FIRST_TIER = (
    Branch("110000", "北京分行", "Beijing Branch", "000000"),
    Branch("310000", "上海分行", "Shanghai Branch", "000000"),
    Branch("440000", "广州分行", "Guangzhou Branch", "000000"),
    Branch("510000", "成都分行", "Chengdu Branch", "000000"),
)
_SECOND_TIER = (
    Branch("110100", "北京海淀支行", "Beijing Haidian Sub-branch", "110000"),
    Branch("110200", "北京朝阳支行", "Beijing Chaoyang Sub-branch", "110000"),
    Branch("310100", "上海浦东支行", "Shanghai Pudong Sub-branch", "310000"),
    Branch("310200", "上海徐汇支行", "Shanghai Xuhui Sub-branch", "310000"),
    Branch("440100", "广州天河支行", "Guangzhou Tianhe Sub-branch", "440000"),
    Branch("440200", "广州越秀支行", "Guangzhou Yuexiu Sub-branch", "440000"),
    Branch("510100", "成都锦江支行", "Chengdu Jinjiang Sub-branch", "510000"),
    Branch("510200", "成都武侯支行", "Chengdu Wuhou Sub-branch", "510000"),
)
OUTLETS = (
    Branch("110101", "北京中关村网点", "Beijing Zhongguancun Outlet", "110100"),
    Branch("110102", "北京五道口网点", "Beijing Wudaokou Outlet", "110100"),
    Branch("110201", "北京望京网点", "Beijing Wangjing Outlet", "110200"),
    Branch("110202", "北京国贸网点", "Beijing Guomao Outlet", "110200"),
    Branch("310101", "上海陆家嘴网点", "Shanghai Lujiazui Outlet", "310100"),
    Branch("310102", "上海张江网点", "Shanghai Zhangjiang Outlet", "310100"),
    Branch("310201", "上海徐家汇网点", "Shanghai Xujiahui Outlet", "310200"),
    Branch("310202", "上海漕河泾网点", "Shanghai Caohejing Outlet", "310200"),
    Branch("440101", "广州珠江新城网点", "Guangzhou Zhujiang New Town Outlet", "440100"),
    Branch("440102", "广州五山网点", "Guangzhou Wushan Outlet", "440100"),
    Branch("440201", "广州北京路网点", "Guangzhou Beijing Road Outlet", "440200"),
    Branch("440202", "广州东山口网点", "Guangzhou Dongshankou Outlet", "440200"),
    Branch("510101", "成都春熙路网点", "Chengdu Chunxi Road Outlet", "510100"),
    Branch("510102", "成都东大街网点", "Chengdu Dongda Street Outlet", "510100"),
    Branch("510201", "成都桐梓林网点", "Chengdu Tongzilin Outlet", "510200"),
    Branch("510202", "成都高新网点", "Chengdu Gaoxin Outlet", "510200"),
)
#: Every node, parents before their children.
BRANCHES = (HEAD_OFFICE, *_FIRST_TIER, *_SECOND_TIER, *OUTLETS)


@cache
def outlets_of(province: str) -> tuple[str, ...]:
    """Codes of the outlets in a province (two digits); all outlets where the bank has none there."""
    near = tuple(outlet.code for outlet in OUTLETS if outlet.code[:2] == province)
    return near or tuple(outlet.code for outlet in OUTLETS)
