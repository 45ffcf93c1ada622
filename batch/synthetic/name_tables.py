"""Characters and words that names are made of, with rough frequencies of modern Chinese usage.

Weights are rounded from published surname rankings; given-name characters are grouped by the generation
that favoured them. All names made from these tables are chance combinations.
"""

#: Surname and its frequency per ten thousand.
SURNAMES = (
    "王720 李719 张683 刘517 陈447 杨308 赵216 黄215 周206 吴202 徐170 孙158 胡128 朱126 高120 林117"
    " 何113 郭113"
    " 马107 罗88 梁87 宋81 郑80 谢78 韩77 唐75 冯70 于67 董65 程60 曹58 袁57 邓56 许55 傅54 沈53 曾52"
    " 彭51 吕50 苏49"
    " 卢48 蒋47 蔡46 贾45 丁44 魏43 薛42 叶41 阎40 余39 潘38 杜37 戴36 夏35 钟34 汪33 田32 任31 姜30"
    " 范29 方28 石27"
    " 姚26 谭25 廖25 邹24 熊24 金23 陆23 郝22 孔22 白21 崔21 康20 毛20 邱19 秦19 江18 史18 顾17 侯17"
    " 邵16 孟16"
    " 龙15 万15 段14 雷14 钱13 汤13 尹12 黎12 易11 常11 武10 乔10 贺9 赖9 龚8 文8 单3 仇2 尉2 覃4 区2"
    " 查2 解2 盖1"
    " 欧阳6 司马2 上官2 诸葛2 夏侯1 皇甫1 尉迟1 公孙1 慕容1 令狐1 司徒1 东方1"
)

#: First year of a generation, share of one-character given names in percent, characters for men and women.
GENERATIONS = (
    (
        1900,
        20,
        "国建德文志明永福生贵荣庆祥忠义海山林树金玉宝春长富兴成根发财洪振仁广正学家顺良喜占殿凤",
        "秀英兰珍桂芳玉淑凤梅花素贞莲香云翠琴月娥菊惠春霞荣清美华金银巧彩爱莉环瑞翠芝兰",
    ),
    (
        1960,
        32,
        "建国军伟强勇斌平刚波辉明华东海涛鹏志文峰超永红卫民新利力杰龙武林宏亮庆春生光辉胜清维",
        "丽芳敏静艳红霞燕玲娟英华萍梅琴秀洁莉云凤兰玉珍桂淑雪慧琳晓春娜颖莹惠岩蓉佩君青",
    ),
    (
        1980,
        36,
        "伟磊洋勇杰涛超鹏浩宇飞凯鑫俊博斌帅旭亮健峰龙翔阳志文晨坤亚林强辉明波晓东彬松楠威岩",
        "静敏丽艳娟婷雪丹倩琳颖佳慧莹晶欣璐娜萌瑶薇蕾露洁莉玲燕霞芳晓媛妍蓉悦珊思雅文君怡",
    ),
    (
        2000,
        8,
        "浩宇轩泽子梓睿辰博铭俊嘉奕皓晨逸天翔昊文杰诚思远明哲瑞航凯一鸣乐然瑾源晟楷霖熙安锐",
        "欣怡梓涵诗雨萱可馨语嫣佳瑶悦一诺雅静思琪紫晨若曦婉清依诗梦瑾彤妍菲安然心玥沐熙芸颖",
    ),
)

#: Characters that old systems cannot hold: outside GBK, two of them beyond the basic plane.
RARE = "䶮𬎆㛃"

#: Words of minority names, written with a middle dot or as one word: men, women, second parts.
UYGHUR = (
    ("买买提", "艾力", "吐尔逊", "阿卜杜拉", "玉素甫", "库尔班", "艾合买提", "亚森", "热合曼", "伊敏"),
    ("阿依古丽", "古丽娜尔", "热依汗", "帕提古丽", "阿米娜", "祖丽皮娅", "迪丽努尔", "萨伊普加玛丽"),
    ("买买提", "艾力", "吐尔逊", "依明", "卡德尔", "司马义", "肉孜", "阿布都热合曼", "艾海提", "塔依尔"),
)
TIBETAN = (
    "扎西",
    "次仁",
    "卓玛",
    "央金",
    "顿珠",
    "平措",
    "旺堆",
    "拉姆",
    "德吉",
    "格桑",
    "尼玛",
    "达瓦",
    "白玛",
    "多吉",
)
MONGOL = (
    "巴特尔",
    "其其格",
    "乌兰",
    "苏和",
    "娜仁",
    "格日勒",
    "朝鲁",
    "萨仁",
    "呼和",
    "斯琴",
    "布和",
    "乌云",
)

#: Given names, surnames and citizenship (alpha-3, ISO 3166-1 numeric) of foreigners.
FOREIGNERS = (
    ("USA", "840", "JAMES MARY ROBERT LINDA DAVID SUSAN", "SMITH JOHNSON WILLIAMS BROWN MILLER DAVIS"),
    ("GBR", "826", "OLIVER AMELIA GEORGE EMILY HARRY SOPHIE", "TAYLOR EVANS WALKER HUGHES GREEN WOOD"),
    ("FRA", "250", "LUCAS EMMA HUGO LOUISE JULES CHLOÉ", "MARTIN BERNARD DUBOIS MOREAU LAURENT LEFÈVRE"),
    ("DEU", "276", "LUKAS ANNA FELIX MARIE JONAS LENA", "MÜLLER SCHMIDT FISCHER WEBER WAGNER BECKER"),
    ("JPN", "392", "HIROSHI YUKI KENJI SAKURA TAKASHI AIKO", "SATO SUZUKI TAKAHASHI TANAKA WATANABE ITO"),
    ("KOR", "410", "MINJUN SEOYEON JIHOON JIWOO HYUNWOO SOOJIN", "KIM LEE PARK CHOI JUNG KANG"),
    ("RUS", "643", "IVAN ANNA DMITRY OLGA SERGEI ELENA", "IVANOV PETROV SIDOROV VOLKOV ORLOV POPOV"),
    ("CAN", "124", "LIAM CHARLOTTE NOAH OLIVIA ETHAN ZOE", "TREMBLAY ROY GAGNON MACDONALD WILSON CAMPBELL"),
)
#: Traditional surnames and given-name characters of residents of Hong Kong, Macao and Taiwan.
HARBOUR_SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾廖賴徐周葉蘇莊呂江何蕭羅"
HARBOUR_GIVEN = "家豪志明俊傑淑芬美玲雅婷怡君嘉欣詠詩子晴浩然偉業國榮慧儀麗華建宏"
