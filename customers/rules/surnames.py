"""Chinese surnames: those of two characters, and those read otherwise than the character usually is."""

#: Surnames of two characters (the ones in use today).
COMPOUND = frozenset(
    """
    欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 夏侯 南宫 西门 独孤 端木
    轩辕 司空 太史 申屠 公羊 澹台 公冶 宗政 濮阳 淳于 单于 太叔 仲孙 钟离 鲜于 闾丘 亓官 司寇
    子车 颛孙 巫马 公西 漆雕 乐正 壤驷 公良 拓跋 夹谷 宰父 谷梁 百里 呼延 东郭 南门 羊舌 微生
    梁丘 左丘 东门 第五 赫连 万俟 闻人 哥舒 叱干 纳兰 完颜 耶律 爱新 叶赫 那拉
    """.split()
)

#: Readings of surnames that differ from the character's usual one, without tones.
READINGS = {
    "单": "SHAN",
    "仇": "QIU",
    "曾": "ZENG",
    "解": "XIE",
    "区": "OU",
    "查": "ZHA",
    "朴": "PIAO",
    "盖": "GE",
    "缪": "MIAO",
    "翟": "ZHAI",
    "乐": "YUE",
    "员": "YUN",
    "覃": "QIN",
    "卜": "BU",
    "能": "NAI",
    "都": "DU",
    "阚": "KAN",
    "乜": "NIE",
    "贲": "BEN",
    "牟": "MU",
    "薄": "BO",
    "适": "KUO",
    "逄": "PANG",
    "秘": "BI",
    "折": "SHE",
    "繁": "PO",
    "种": "CHONG",
    "重": "CHONG",
    "黑": "HE",
    "洗": "XIAN",
    "句": "GOU",
    "祭": "ZHAI",
    "召": "SHAO",
    "幺": "YAO",
    "行": "XING",
    "藏": "ZANG",
    "谌": "CHEN",
    "宿": "SU",
    "晟": "CHENG",
    "隗": "WEI",
    "万俟": "MOQI",
    "尉迟": "YUCHI",
    "长孙": "ZHANGSUN",
    "单于": "CHANYU",
    "令狐": "LINGHU",
    "澹台": "TANTAI",
    "乐正": "YUEZHENG",
    "亓官": "QIGUAN",
}
