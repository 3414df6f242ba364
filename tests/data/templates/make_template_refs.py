#!/usr/bin/env python3
"""Writes snippets.jsonl: small templates and what jinja2 makes of them in the environment of transformers'
apply_chat_template. Needs jinja2 3.1 (made with 3.1.6 and Python 3.11).

    python3 make_template_refs.py > snippets.jsonl

A row has the template, the variables, and the outcome: "text" with the text, "error" for an exception while rendering,
"syntax error" for one while compiling. A message is given where the text of the error is part of the promise.
"""
import json
import sys

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES = {
    "name": "World", "empty": "", "zero": 0, "one": 1, "n": 42, "neg": -7, "f": 2.5, "yes": True, "no": False, "nil": None,
    "xs": [3, 1, 2], "words": ["banana", "Apple", "cherry", "apple"], "nested": [[1, 2], [3, [4, 5]]], "nothing": [],
    "d": {"a": 1, "b": "two", "items": "shadow", "c": None, "list": [1, 2]}, "empty_dict": {},
    "uni": "Grüße, 世界! 😀", "lines": "one\ntwo\n\nthree\n", "spaced": "  \t padded \n ", "quote": "it's \"quoted\" \\ back",
    "users": [{"name": "Bob", "age": 30, "tags": ["x"], "info": {"city": "Rome"}}, {"name": "alice", "age": 25, "active": True,
              "info": {"city": "Oslo"}}, {"name": "Carl", "age": 30, "active": False, "info": {"city": "Rome"}}],
    "tool": {"type": "function", "function": {"name": "get_weather", "description": "It's <b>\"x\"</b> & more é", "parameters":
             {"type": "object", "properties": {"city": {"type": "string", "enum": ["a", "b"]}, "days": {"type": "integer"}},
              "required": ["city"]}}, "strict": True, "ratio": 0.1, "none": None, "empty": {}, "nolist": []},
    "tree": [{"v": 1, "kids": [{"v": 2, "kids": []}, {"v": 3, "kids": [{"v": 4, "kids": []}]}]}, {"v": 5, "kids": []}],
    "big": 9007199254740993, "tiny": 1e-7, "huge": 1e22, "pi": 3.141592653589793, "html": "<a href=\"x\">&'</a>",
}


def environment():
    class Generation(jinja2.ext.Extension):
        """transformers' AssistantTracker, without its bookkeeping."""
        tags = {"generation"}

        def parse(self, parser):
            lineno = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
            return jinja2.nodes.CallBlock(self.call_method("_generation"), [], [], body).set_lineno(lineno)

        def _generation(self, caller):
            return caller()

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    return env


# Lines of templates; what is in a list is one template with line breaks.
EXPRESSIONS = r"""
1 + 2 * 3 - 4 / 2
7 // 2
-7 // 2
7 // -2
7 % 3
-7 % 3
7 % -3
7.5 // 2
-7.5 // 2
-7.5 % 2
7.5 % -2
2 ** 10
2 ** 3 ** 2
-2 ** 2
2 ** -1
2.0 ** 0.5
1 / 3
10 / 5
1e3
1.5e-10
1e16
1e15
123456789.123
0.1 + 0.2
100000000000000000000.0
1e22
tiny
huge
pi
big
big + 1
1_000_000
0x1F
0b101
0o17
12345678901234567890
-12345678901234567890
12345678901234567890 > 5
-0.0
0.0
1e400
-1e400
True + 1
true and false
true or false
not true
not not 1
1 and 2
0 or "x"
"" or none or "last"
1 and 0 and 2
1 < 2 < 3
1 < 2 > 3
3 > 2 >= 2 == 2
1 == 1.0
1 == true
"a" < "b"
"a" < "B"
[1, 2] < [1, 3]
(1, 2) < (1, 2, 3)
[1, 2] == [1, 2]
[1] == (1,)
{"a": 1} == {"a": 1.0}
{"a": 1, "b": 2} == {"b": 2, "a": 1}
none == none
none == false
undefined_thing == other_undefined
"x" != "y"
1 in [1, 2]
3 not in [1, 2]
"ell" in "hello"
"" in "abc"
"a" in d
"z" in d
1 in undefined_thing
"世" in uni
none in [none]
1.0 in [1]
"a" ~ 1 ~ none ~ true ~ 2.5
"a" ~ undefined_thing ~ "b"
[1] ~ {"a": (1,)}
"a" + "b" ~ "c"
"ab" * 3
3 * "ab"
"ab" * 0
"ab" * -1
[1, 2] * 2
[1] + [2, 3]
(1,) + (2,)
"yes" if yes else "no"
"yes" if no else "no"
"yes" if no
("yes" if no) is undefined
1 if no else 2 if no else 3
[1, 2, 3][0]
[1, 2, 3][-1]
[1, 2, 3][5] is undefined
xs[0:2]
xs[::-1]
xs[1:]
xs[:-1]
xs[::2]
xs[-2:]
xs[5:]
xs[2:0:-1]
xs[-100:100]
"hello"[1:3]
"hello"[::-1]
"hello"[-3:]
"hello"[0]
"hello"[-1]
"hello"[10] is undefined
uni[0:8]
uni[-1]
uni[2]
uni[::-1]
uni[7:9]
uni|length
(1, 2, 3)[1:]
range(10)[2:8:3]
range(10)[::-1]
range(5)
range(2, 8)
range(0, 10, 3)
range(10, 0, -3)|list
range(0)
range(5, 2)
range(5)|list
range(3) == [0, 1, 2]
range(3)[1]
range(3)[-1]
range(5)|length
3 in range(5)
range(5).start
[]
{}
()
(1,)
(1, 2)
1, 2
[1, "a", none, true, 2.5, [1], (2,), {"k": "v"}]
{"a": 1, "b": [1, 2], 3: none, "c": {"d": "e"}}
{"a": 1, "a": 2}
{1: "a", 1.0: "b", true: "c"}
{(1, 2): "x"}[(1, 2)]
["it's", 'say "hi"', "both ' and \""]
["tab\t", "nl\n", "bs\\", "é", "世", "\x07", "\u200b", "\x7f", "\xa0"]
"esc: \t|\n|\\|\'|\"|\x41|\u00e9|\101|\q"
'it''s'
"a" "b" 'c'
d.a
d["a"]
d.items is callable
d["items"]
d.b
d.c is none
d.missing is defined
d.missing is undefined
d["missing"] is undefined
d.list
d.get("a")
d.get("zz")
d.get("zz", 5)
d.get("c", 5)
d.keys()
d.values()
d.items()
d.keys()|list
d.items()|list
d.values()|list
d.keys()|length
"a" in d.keys()
1 in d.values()
("a", 1) in d.items()
d|list
d|length
d.copy() == d
users[0].name
users[0]["info"]["city"]
users[1].info.city
users.0.name
nested[1][1][0]
xs.count(1)
xs.index(2)
words.count("apple")
n.real
one.__class__
xs.__len__
d.__class__ is defined
undefined_thing
undefined_thing is defined
undefined_thing|default("dflt")
undefined_thing|d("dflt")
nil|default("dflt")
nil|default("dflt", true)
empty|default("dflt", boolean=true)
empty|default("dflt")
nil
yes
no
[undefined_thing]
-one
+one
-f
- 5
--5
2|string + "x"
-1|abs
"%s is %d years" % ("Bob", 30)
"%s" % "x"
"%s" % [1, 2]
"%s" % none
"%5d|%-5d|%05d|%+d" % (42, 42, 42, 42)
"%.2f|%8.3f|%e|%g|%G" % (3.14159, 2.71828, 12345.678, 0.0001, 1e20)
"%x|%X|%o|%#x" % (255, 255, 8, 255)
"%r|%s" % ("a'b", "a'b")
"%%|%c" % "x"
"%(a)s-%(b)s" % {"a": 1, "b": 2}
"%5s|%-5s|%.2s" % ("abc", "abc", "abc")
"%i" % 3.9
"%s" % undefined_thing
"%*d" % (5, 42)
"{} {}".format(1, "a")
"{0} {1} {0}".format("x", "y")
"{a} {b}".format(a=1, b=2)
"{:>5}|{:<5}|{:^5}|{:*^7}".format("ab", "ab", "ab", "ab")
"{:05d}|{:+d}|{:,}|{:_}".format(42, 42, 1234567, 1234567)
"{:.2f}|{:.3e}|{:%}|{:g}".format(3.14159, 31415.9, 0.25, 0.00001)
"{:x}|{:#x}|{:b}|{:o}".format(255, 255, 5, 8)
"{0[a]} {0[b]}".format(d)
"{0.real}".format(5)
"{{}} {}".format(1)
"{!r} {!s}".format("a", "b")
"{:{}}".format("x", 5)
"{:>{w}}".format("x", w=4)
"{}".format(none)
"{}".format([1, 2])
"{:.3}".format("abcdef")
"{:d}".format(true)
"{x}".format_map({"x": 1})
"%s"|format("a")
"%s-%s"|format("a", 2)
"%(x)s"|format(x=5)
""".strip().split("\n")

FILTERS = r"""
tool|tojson
tool|tojson(indent=2)
tool|tojson(indent=4)
tool|tojson(indent=0)
tool|tojson(indent="--")
tool|tojson(indent=-1)
tool|tojson(ensure_ascii=true)
tool|tojson(separators=(",", ":"))
tool|tojson(separators=(",", ":"), indent=1)
tool|tojson(sort_keys=true)
tool|tojson(true, 2)
uni|tojson
uni|tojson(ensure_ascii=true)
quote|tojson
html|tojson
"\x00\x01\x1f\x7f\b\f\n\r\t/\u2028"|tojson
[1, 2.0, 1e22, -0.0, 1e-7, none, true]|tojson
(1, "a")|tojson
{1: 2, none: 3, true: 4, 1.5: 5}|tojson
{"b": 1, "a": 2}|tojson(sort_keys=true)
[]|tojson(indent=2)
{}|tojson(indent=2)
[[], {}, [1]]|tojson(indent=2)
1e400|tojson
12345678901234567890|tojson
"a"|tojson
none|tojson
spaced|trim
"xxaxx"|trim("x")
"xyaxy"|trim("yx")
5|trim
xs|length
"héllo"|length
d|count
empty_dict|length
undefined_thing|length
name|upper
name|lower
uni|upper
"straße ﬁ"|upper
"ÀÉ"|lower
"ΣΑΣ ΣΑΣ"|lower
"hELLO wORLD"|capitalize
"hello-world foo(bar) baz's"|title
"ßa"|title
5|upper
none|lower
xs|join
xs|join(", ")
words|join("|")
"abc"|join("-")
users|join(", ", attribute="name")
[1, none, true, 2.5]|join(" ")
undefined_thing|join("x")
d|join(",")
xs|join(1)
words|map("upper")|list
words|map("length")|list
words|map("replace", "a", "b")|list
users|map(attribute="name")|list
users|map(attribute="info.city")|join(",")
users|map(attribute="active", default=false)|list
users|map(attribute="zip", default="none")|list
nested|map("first")|list
nested|map(attribute=0)|list
nested|map(attribute="1")|list
xs|map("string")|join("+")
xs|select("odd")|list
xs|select("gt", 1)|list
xs|select(">", 1)|list
xs|reject("odd")|list
[0, 1, "", "a", none]|select|list
[0, 1, "", "a", none]|reject|list
xs|select("in", [1, 2])|list
users|selectattr("active")|map(attribute="name")|list
users|selectattr("age", "equalto", 30)|map(attribute="name")|list
users|selectattr("active", "defined")|list|length
users|rejectattr("active")|map(attribute="name")|list
users|rejectattr("age", "lt", 30)|map(attribute="name")|join(",")
users|selectattr("info.city", "eq", "Rome")|list|length
"abc"|list
d|list
undefined_thing|list
xs|first
xs|last
"abc"|first
"abc"|last
nothing|first is undefined
nothing|last is undefined
d|first
d|last
undefined_thing|first is undefined
xs|select("odd")|first
d|items|list
undefined_thing|items|list
{"b": 1, "A": 2, "c": 0}|dictsort
{"b": 1, "A": 2, "c": 0}|dictsort(true)
{"b": 1, "A": 2, "c": 0}|dictsort(by="value")
{"b": 1, "A": 2, "c": 0}|dictsort(reverse=true)
{"b": 1, "A": 2, "c": 0}|dictsort(false, "value", true)
"aaaa"|replace("a", "b")
"aaaa"|replace("a", "b", 2)
"aaaa"|replace("", "-")
"世界"|replace("", "-")
"abc"|replace("", "-", 2)
"abc"|replace("b", "")
5|replace(5, 6)
"abab"|replace("ab", "a")
"5"|int
" 42 "|int
"x"|int
"x"|int(7)
"3.7"|int
3.7|int
-3.7|int
"ff"|int(0, 16)
"0xff"|int(0, 16)
"0b11"|int(base=2)
"1_000"|int
"1e3"|int
none|int
xs|int
true|int
"-5"|int
"+5"|int
"12345678901234567890"|int
"2.5"|float
"x"|float
"x"|float(1.5)
"inf"|float
"nan"|float
"1e400"|float
" 1_0.5 "|float
3|float
none|float
true|float
5|string
none|string
xs|string
d|string
2.0|string
-5|abs
(-5.5)|abs
2.5|round
3.5|round
2.675|round(2)
1234.5678|round(-2)
1234.5678|round(2, "floor")
1234.5678|round(2, "ceil")
2.1|round(method="ceil")
2.9|round(0, "floor")
5|round
5|round(2)
15|round(-1)
25|round(-1)
-15|round(-1)
0.5|round
1e20|round
xs|sort
xs|sort(reverse=true)
words|sort
words|sort(case_sensitive=true)
words|sort(reverse=true)
users|sort(attribute="age")|map(attribute="name")|list
users|sort(attribute="age,name")|map(attribute="name")|list
users|sort(attribute="name", reverse=true)|map(attribute="name")|list
users|sort(attribute="age", reverse=true)|map(attribute="name")|list
users|sort(attribute="info.city")|map(attribute="name")|list
[3, 1.5, true]|sort
d|sort
"hello"|sort
xs|reverse|list
"héllo"|reverse
d|reverse|list
words|unique|list
words|unique(true)|list
[1, 1.0, 2, true]|unique|list
users|unique(attribute="age")|map(attribute="name")|list
[none, none, 1]|unique|list
xs|min
xs|max
words|min
words|max
words|max(case_sensitive=true)
users|min(attribute="age")|tojson
nothing|min is undefined
xs|sum
users|sum(attribute="age")
xs|sum(start=10)
undefined_thing|last is undefined
undefined_thing|reverse|list
[[1], [2]]|sum(start=[])
[0.1, 0.2]|sum
lines|indent
lines|indent(2)
lines|indent(2, true)
lines|indent(2, first=true, blank=true)
lines|indent("> ")
""|indent
"a\nb"|indent(0)
"a b  c"|wordcount
"don't stop"|wordcount
""|wordcount
"<b>"|safe
"<b>"|escape
html|e
html|forceescape
"<b>"|escape|escape
("<b>"|escape) + "<i>"
"<i>" + ("<b>"|safe)
("<b>"|safe)|e
5|e
[("<b>"|safe)]
range(7)|batch(3)|list
range(7)|batch(3, "x")|list
range(7)|slice(3)|list
range(7)|slice(3, "x")|list
nothing|batch(3)|list
users|groupby("age")|length
users|groupby("age")|map(attribute="grouper")|list
users|groupby("info.city")|map("first")|list
users|groupby("info.city")|map("last")|map("length")|list
users|groupby("active", default=false)|map(attribute=0)|list
users|groupby("name")|map(attribute="grouper")|list
d|attr("items") is callable
d|attr("a") is undefined
name|attr("upper") is callable
"hello world this is long"|truncate(15)
"hello world this is long"|truncate(15, true)
"hello world this is long"|truncate(15, false, "!", 0)
"short"|truncate(3, leeway=5)
"x"|center(5) ~ "|"
"abc"|center(6) ~ "|"
"ab"|center(5) ~ "|"
"a b/c&d=é"|urlencode
{"a b": "c/d", "e": 1}|urlencode
[("x", 1), ("y", "z w")]|urlencode
1|filesizeformat
999|filesizeformat
1500|filesizeformat
1500000|filesizeformat
2048|filesizeformat(true)
"a,b"|replace(",", ";")|upper|list|join("-")
xs|map("int")|sum
5|default(1)|string|length
xs is sequence and xs|length == 3
name|upper|lower|title
(xs|sort)[0]
xs|sort|first
name|upper ~ "!"
1 + xs|length
[xs|length, name|upper]
{"k": name|upper}
not xs|length
""".strip().split("\n")

TESTS = r"""
3 is odd
4 is even
3 is not odd
6 is divisibleby 3
6 is divisibleby(4)
name is defined
name is undefined
nil is none
nil is not none
undefined_thing is none
yes is boolean
one is boolean
yes is true
one is true
no is false
zero is false
one is integer
yes is integer
f is integer
f is float
one is float
one is number
f is number
yes is number
name is number
"abc" is lower
"ABC" is upper
"Abc" is lower
"123" is upper
5 is lower
name is string
one is string
d is mapping
xs is mapping
xs is sequence
name is sequence
d is sequence
one is sequence
undefined_thing is sequence
xs is iterable
name is iterable
one is iterable
d is iterable
range(3) is iterable
range(3) is sequence
d.items() is iterable
d.items() is sequence
d.keys() is mapping
xs|map("string") is iterable
xs|map("string") is sequence
range is callable
name.upper is callable
name is callable
one is sameas 1
xs is sameas xs
xs is sameas [3, 1, 2]
none is sameas none
"<"|e is escaped
"<" is escaped
1 is in [1, 2]
5 is in [1, 2]
"a" is in "abc"
5 is not in [1]
1 is eq 1
1 is equalto 2
1 is ne 2
2 is gt 1
2 is ge 2
1 is lt 2
1 is le 0
2 is greaterthan 1
2 is lessthan 1
"upper" is filter
"nofilter" is filter
"odd" is test
"notest" is test
name is string and one is number
name is string or nil
not name is string
name is defined and name is string and name|length > 3
(1 is odd) == true
xs[0] is odd
d.a is eq(1)
12345678901234567890 is integer
""".strip().split("\n")

METHODS = r"""
"a,b,c".split(",")
"a,b,c".split(",", 1)
"a,b,c".split(",", maxsplit=1)
"a,b,c".rsplit(",", 1)
"  a  b ".split()
"  a  b c ".split(none, 1)
"  a  b c ".rsplit(none, 1)
"".split()
"".split(",")
"abc".split("xyz")
"a</think>b</think>c".split("</think>")[-1]
"世,界".split(",")
"a\u3000b\xa0c".split()
"aXbXc".rsplit("X")
spaced.strip()
spaced.lstrip()
spaced.rstrip()
"\n\nx\n".lstrip("\n")
"xxaxx".strip("x")
"xyaxy".strip("xy")
"é世é".strip("é")
"abc".strip("")
"abc".strip(none)
"\u3000a\u2003".strip()
"hello".startswith("he")
"hello".startswith("lo")
"hello".startswith(("a", "h"))
"hello".startswith("l", 2)
"hello".startswith("l", 2, 3)
"hello".endswith("lo")
"hello".endswith(("x", "o"))
"hello".endswith("l", 0, 4)
"".startswith("")
"hello".startswith("", 9)
"hello".replace("l", "L")
"hello".replace("l", "L", 1)
"hello".replace("", "-")
"hello".upper()
"HeLLo".lower()
"hello world it's".title()
"hELLO".capitalize()
"Hello".swapcase()
"Straße".casefold()
"ǆ".title()
"-".join(["a", "b"])
"".join(words)
", ".join("abc")
"-".join([])
"hello".find("l")
"hello".find("z")
"hello".rfind("l")
"hello".find("l", 3)
"hello".find("l", -2)
"世界世".find("世", 1)
"世界世".rfind("世")
"hello".index("l")
"hello".count("l")
"hello".count("")
"aaaa".count("aa")
"hello".count("l", 3)
"hello".find("")
"hello".find("", 10)
lines.splitlines()
lines.splitlines(true)
"a\r\nb\rc\x0bd\x0ce\u2028f".splitlines()
"".splitlines()
"\n".splitlines()
"a=b=c".partition("=")
"a=b=c".rpartition("=")
"abc".partition("=")
"abc".rpartition("=")
"prefix_x".removeprefix("prefix_")
"x_suffix".removesuffix("_suffix")
"x".removeprefix("y")
"abc".isalpha()
"ab1".isalpha()
"".isalpha()
"123".isdigit()
"²".isdigit()
"²".isdecimal()
"½".isnumeric()
"ab1".isalnum()
"abc".islower()
"ABC".isupper()
"  ".isspace()
"".isspace()
"Hello World".istitle()
"Hello world".istitle()
"abc".isascii()
"é".isascii()
"a_1".isidentifier()
"1a".isidentifier()
"5".zfill(3)
"-5".zfill(4)
"ab".center(6) ~ "|"
"ab".center(7, "*")
"abc".center(6, "*")
"ab".ljust(5, ".")
"ab".rjust(5, ".")
"a\tb".expandtabs(4)
"é".center(5, "世")
name.upper().lower().title()
"abc"[0].upper()
d.items()|map("first")|list
d.get("list")[1]
{"a": 1}.get("a")
[1, 2, 1].count(1)
[1, 2, 1].index(2)
(1, 2).count(1)
(1, 2).index(2)
(5).bit_length()
(2.0).is_integer()
2.5.is_integer()
[1, 2].copy()
namespace(a=1).a
namespace({"a": 1}, b=2).b
namespace(a=1)["a"]
namespace().x is undefined
dict(a=1, b=2)
dict([("a", 1)])
dict({"x": 1}, y=2)
dict()
cycler("a", "b").current
joiner("x")()
""".strip().split("\n")

STATEMENTS = [
    # if
    "{% if yes %}A{% endif %}", "{% if no %}A{% else %}B{% endif %}", "{% if no %}A{% elif yes %}B{% else %}C{% endif %}",
    "{% if no %}A{% elif no %}B{% elif 1 %}C{% else %}D{% endif %}", "{% if undefined_thing %}A{% else %}B{% endif %}",
    "{% if xs and d and name %}A{% endif %}{% if nothing or empty_dict or '' %}B{% endif %}", "{% if yes: %}A{% endif %}",
    "{% if 1, 2 %}T{% endif %}", "{% if xs|select('gt', 100) %}generators are true{% endif %}",
    "{% if no %}{{ x|nosuchfilter }}{% endif %}ok", "{{ (x|nosuchfilter) if no else 'ok' }}", "{% if no %}{{ x is nosuch }}{% endif %}ok",
    # for
    "{% for x in xs %}{{ x }},{% endfor %}", "{% for x in xs %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}",
    "{% for x in nothing %}A{% else %}empty{% endfor %}", "{% for x in xs %}A{% else %}empty{% endfor %}", "{% for x in undefined_thing %}A{% else %}empty{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k in d %}{{ k }};{% endfor %}", "{% for k, v in d|dictsort %}{{ k }};{% endfor %}",
    "{% for k, v in d|items %}{{ k }}={{ v }};{% endfor %}", "{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}", "{% for a, b in [[1, 2], 'xy'] %}{{ a }}-{{ b }};{% endfor %}",
    "{% for c in 'héy' %}{{ c }}.{% endfor %}", "{% for x in range(3) %}{{ x }}{% endfor %}", "{% for x in 1, 2, 3 %}{{ x }}{% endfor %}", "{% for x in (1, 2) %}{{ x }}{% endfor %}",
    "{% for x in xs if x > 1 %}{{ x }}:{{ loop.index }}/{{ loop.length }} {% endfor %}", "{% for x in xs if x > 10 %}A{% else %}none{% endfor %}",
    "{% for x in range(10) if x is odd and x > 2 %}{{ x }}{{ ',' if not loop.last }}{% endfor %}",
    "{% for x in xs %}{{ loop.previtem|default('-') }}<{{ x }}>{{ loop.nextitem|default('-') }} {% endfor %}", "{% for x in xs %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }}{% endfor %}", "{% for x in xs %}{% for y in [1, 2] %}{{ loop.index }}{% endfor %}{{ loop.index }};{% endfor %}",
    "{% for x in xs %}{% set outer = loop %}{% for y in [1, 2] %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for x in tree recursive %}{{ x.v }}{% if x.kids %}({{ loop(x.kids) }}){% endif %}{% endfor %}", "{% for x in tree recursive %}{{ loop.depth }}{{ loop.depth0 }}{{ loop(x.kids) }}{% endfor %}",
    "{% for x in range(5) %}{% if x == 3 %}{% break %}{% endif %}{{ x }}{% endfor %}", "{% for x in range(5) %}{% if x == 3 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in range(3) %}{% break %}{% else %}E{% endfor %}", "{% for x in range(3) %}{% continue %}{% else %}E{% endfor %}", "{% for x in range(3) %}{% if x %}{% break %}{% endif %}{% else %}E{% endfor %}",
    "{% for x in range(3) %}{% for y in range(3) %}{% if y == 1 %}{% break %}{% endif %}{{ x }}{{ y }} {% endfor %}{% endfor %}", "{% for x in xs %}{% filter upper %}a{% if loop.index == 2 %}{% break %}{% endif %}b{% endfilter %}{% endfor %}",
    "{% set ns = namespace(stop=false) %}{% for x in range(5) if not ns.stop %}{{ x }}{% if x == 2 %}{% set ns.stop = true %}{% endif %}{% endfor %}",
    "{% for x in xs %}{{ x }}{% endfor %}{{ x is defined }}", "{% for x in xs %}{% if loop.first %}F{% elif loop.last %}L{% else %}M{% endif %}{% endfor %}",
    "{% for x in xs|map('string') %}{{ x }}{{ loop.last }}{% endfor %}", "{% for x in xs|select('odd') %}{{ loop.length }}{% endfor %}", "{% for m in users %}{{ m.name }}: {{ m['age'] }}{{ ', ' if not loop.last else '' }}{% endfor %}",
    "{% set g = xs|map('string') %}{{ g|list }}{{ g|list }}", "{% for g in users|groupby('age') %}{{ g.grouper }}:{% for u in g.list %}{{ u.name }}{% endfor %};{% endfor %}", "{% for age, us in users|groupby('age') %}{{ age }}={{ us|length }};{% endfor %}",
    "{{ loop is defined }}", "{% for x in xs %}{% endfor %}{{ loop is defined }}", "{% for row in range(6)|batch(2) %}{{ row }}{% endfor %}", "{% for x in xs %}{{ loop }}{% endfor %}",
    # set and scopes
    "{% set x = 5 %}{{ x }}", "{% set x, y = 1, 2 %}{{ x }}{{ y }}", "{% set x = 1, 2 %}{{ x }}", "{% set (a, b) = [1, 2] %}{{ a + b }}", "{% set x %}block {{ name }}{% endset %}{{ x }}|{{ x|length }}",
    "{% set x | upper %}abc{% endset %}{{ x }}", "{% set x | replace('a', 'b') | upper %}aab{% endset %}{{ x }}", "{% set x = 1 %}{% for i in xs %}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}",
    "{% set x = 1 %}{% if yes %}{% set x = 2 %}{% endif %}{{ x }}", "{% for i in xs %}{% set t = i * 2 %}{{ t }}{% endfor %}{{ t is defined }}", "{% set ns = namespace(c=0) %}{% for i in xs %}{% set ns.c = ns.c + i %}{% endfor %}{{ ns.c }}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.b, c = 2, 3 %}{{ ns.a }}{{ ns.b }}{{ c }}", "{% set ns = namespace(l=[]) %}{% for i in xs %}{% set ns.l = ns.l + [i] %}{% endfor %}{{ ns.l }}", "{% set ns = namespace(d={}) %}{% set ns.d = dict(ns.d, x=1) %}{{ ns.d }}",
    "{% set ns = namespace(t='') %}{% set ns.t %}abc{% endset %}{{ ns.t }}", "{% set name = name ~ '!' %}{{ name }}", "{% set x = undefined_thing %}{{ x is defined }}", "{% set x = none %}{{ x is none }}",
    "{% with a=1, b=2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}", "{% set a = 5 %}{% with a=1, b=a %}{{ a }}{{ b }}{% endwith %}{{ a }}", "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q is defined }}", "{% with a, b = (1, 2) %}{{ a }}{{ b }}{% endwith %}",
    # macros
    "{% macro m(a, b=2) %}[{{ a }},{{ b }}]{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(b=5, a=4) }}", "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m() }}", "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}", "{% macro m(a) %}{{ a }}{{ varargs }}{% endmacro %}{{ m(1, 2, 3) }}", "{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}body {{ name }}{% endcall %}",
    "{% macro m() %}{{ caller(1, 2) }}{% endmacro %}{% call(a, b) m() %}{{ a }}-{{ b }}{% endcall %}", "{% macro m(xs) %}{% for x in xs %}{{ caller(x) }}{% endfor %}{% endmacro %}{% call(x) m([1, 2]) %}({{ x }}){% endcall %}", "{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(5) }}",
    "{% macro a() %}A{% endmacro %}{% macro b() %}{{ a() }}B{% endmacro %}{{ b() }}", "{% macro m() %}{{ x }}{% endmacro %}{% set x = 7 %}{{ m() }}", "{% macro m() %}{% set x = 9 %}{% endmacro %}{{ m() }}{{ x is defined }}", "{% macro m(a, b) %}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.catch_varargs }}{{ m.caller }}",
    "{% macro m() %}x{% endmacro %}{{ m() ~ m() }}{{ m()|upper }}{{ m() is string }}", "{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}", "{% macro m(caller=none) %}{{ caller is none }}{% endmacro %}{{ m() }}", "{% macro m(x) %}{% if x is mapping %}{{ '{' }}{% for k, v in x.items() %}{{ k }}:{{ m(v) }}{% endfor %}{{ '}' }}{% else %}{{ x }}{% endif %}{% endmacro %}{{ m({'a': {'b': 1}}) }}",
    "{{ m is defined }}{% macro m() %}{% endmacro %}{{ m is defined }}", "{% if yes %}{% macro m() %}in if{% endmacro %}{% endif %}{{ m() }}", "{% for i in xs %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}", "{% set f = name.upper %}{{ f() }}",
    "{% macro m(a, b, c=3) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(*[1, 2]) }}{{ m(**{'a': 1, 'b': 2}) }}{{ m(1, *[2], **{'c': 4}) }}", "{% macro m() -%}  x  {%- endmacro %}[{{ m() }}]", "{{ range(*[1, 4])|list }}",
    # filter blocks, generation, block, print, raw, comments
    "{% filter upper %}abc {{ name }}{% endfilter %}", "{% filter replace('a', 'b')|upper %}aXa{% endfilter %}", "{% filter trim %}  x  {% endfilter %}|", "{% generation %}gen {{ name }}{% endgeneration %}", "{% generation %}{% set q = 1 %}{{ q }}{% endgeneration %}{{ q is defined }}",
    "{% for x in xs %}{% generation %}{{ x }}{{ loop.last }}{% endgeneration %}{% endfor %}", "{% block a %}in {{ name }}{% endblock %}", "{% block a %}x{% endblock a %}", "{% set x = 1 %}{% block a %}{{ x }}{% endblock %}", "{% for x in xs %}{{ x }}{% block b %}{{ x is defined }}{% endblock %}{% endfor %}", "{% print 1, 'a' %}", "{% print name %}",
    "{% raw %}{{ x }}{% if %}{% endraw %}", "a {% raw -%}  x  {%- endraw %} b", "{%- raw %} {{ {%- endraw -%} b", "{# comment #}x", "a{# multi\nline #}b", "a {#- c -#} b", "{# {{ x }} {% if %} #}y", "{##}z", "{#-#} z",
    "{{ '{{' }}{{ '%}' }}{{ '}}' }}", "{{ {'a': {'b': 1}}['a']['b'] }}", "{{ [[1]][0][0] }}", "{{ {'a': 1}}}", "{ { % } }", "{{'a'}}{{'b'}}",
    # generators, objects
    "{{ xs|map('string')|list }}", "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{% set _ = c.reset() %}{{ c.next() }}", "{% set j = joiner(', ') %}{% for x in xs %}{{ j() }}{{ x }}{% endfor %}", "{% set j = joiner() %}{{ j() }}a{{ j() }}b",
    "{% set a = [1] %}{% set b = a + [2] %}{{ a }}{{ b }}", "{{ [d.items is callable, d['items'], d.list, d['list']] }}", "{% set x = {'keys': 1} %}{{ x.keys is callable }}{{ x['keys'] }}", "{% set x = {'append': 1, 'update': 2} %}{{ x.append }}{{ x['update'] }}{{ x.update }}", "{{ xs.append }}{{ xs.append is defined }}",
    "{{ users|map(attribute='name')|map('upper')|join(',') }}", "{{ (users|selectattr('age', 'gt', 26)|list)[0].name }}", "{{ 'x' if users|selectattr('age', 'gt', 100)|list else 'y' }}", "{%- set m = users|last %}{{ m.name }}", "{{ users[::-1][0].name }}", "{{ users[:-1]|length }}", "{{ users[1:]|map(attribute='name')|list }}",
    "{% set s = 'a<think>b</think>c' %}{{ s.split('</think>')[0].split('<think>')[-1] }}{{ s.split('</think>')[1:] }}", "{{ 'A' if name == 'World' and (n > 40 or no) else 'B' }}", "{{ n }}{{ f }}{{ yes }}{{ nil }}{{ xs }}{{ d }}",
]

WHITESPACE = [
    "a\n{% if yes %}\nb\n{% endif %}\nc\n", "a\n  {% if yes %}\n  b\n  {% endif %}\nc", "a\n  {%- if yes %}\n  b\n  {%- endif %}\nc", "a\n  {% if yes -%}\n  b\n  {% endif -%}\nc", "a\n  {%- if yes -%}\n  b\n  {%- endif -%}\nc",
    "  {%+ if yes %}b{% endif %}", "a\n  {%+ if yes %}b{% endif %}", "{% if yes +%}\nb{% endif %}", "a {% if yes %} b {% endif %} c", "  {% if yes %}x{% endif %}  ", "\t{% set x = 1 %}\n{{ x }}\n", "x\n\n{% set x = 1 %}\n\ny",
    "a  {{- name -}}  b", "a  {{ name }}  b", "a\n{{ name }}\nb", "a\n  {{- name }}\nb", "a {{- ' ' }}b", "  {{ name }}", "\n\n{{ name }}\n\n", "x\n", "x\n\n", "x\r\ny\r\n", "x\ry", "\n", "", " ", "{{ name }}\n",
    "a\n  {# c #}\nb", "a {# c #} b", "a\n  {#- c #}\nb", "a\n  {# c -#}\n  b", "a\n{# c +#}\nb", "a\n  {#+ c #}b", "{% for x in xs %}\n{{ x }}\n{% endfor %}", "{% for x in xs %}\n  {{ x }}\n{% endfor %}\n", "{% for x in xs -%}\n  {{ x }}\n{%- endfor %}\n", "{%- for x in xs %}\n  {{- x }}\n{%- endfor %}",
    "<ul>\n  {% for x in xs %}\n    <li>{{ x }}</li>\n  {% endfor %}\n</ul>", "a\n  {% raw %}\n  x\n  {% endraw %}\nb", "a\n  {%- raw -%}\n  x\n  {%- endraw -%}\nb", "a{% raw %}\nx{% endraw %}\nb", "{{ 'a\nb' }}", "{{ 'a\\nb' }}", "{{\n name\n}}", "{%\nif yes\n%}A{%\nendif\n%}",
    "{% if yes %}\n\n\nA{% endif %}", "{% if yes %}  \nA{% endif %}", "{% set x %}\n  a\n{% endset %}[{{ x }}]", "{% macro m() %}\n  a\n{% endmacro %}[{{ m() }}]", "a\u00a0{%- if yes %}b{% endif %}", "\u00a0{% if yes %}b{% endif %}", "a\x0b{%- if yes -%}\x0cb{% endif %}", "{% if yes %}a{% endif %}\n{% if yes %}b{% endif %}\n", "a   {%- if yes %}   b   {%- endif %}   c",
    "{{ 'é' }}\n  {% if yes %}世{% endif %}", "  {% if yes %}\n  {% if yes %}\n    x\n  {% endif %}\n  {% endif %}\n", "{{ 1 }}  {% if yes %}x{% endif %}", "{%- if yes %}A{% endif -%}   \n  B", "a -{%- if yes %}- b{% endif %}", "{{-1}}", "{{- 1 }}", "{{ 1 -}} x", "{{+1}}", "{{ -1 }}", "{%if yes%}A{%endif%}", "{%-if yes-%} A {%-endif-%}",
    "{% raw %}a{%endraw%}b", "{%raw%}a{% endraw %}", "{# a #}\n{# b #}\nc", "a\n\n  {%- set x = 1 %}\n\nb", "   \n   {% set x = 1 %}   \n   b",
]

ERRORS = [
    "{{ undefined_thing.x }}", "{{ undefined_thing['x'] }}", "{{ undefined_thing() }}", "{{ undefined_thing + 1 }}", "{{ 1 + undefined_thing }}", "{{ 'a' + undefined_thing }}", "{{ -undefined_thing }}", "{{ undefined_thing < 1 }}", "{{ d.missing.x }}", "{{ users[5].name }}", "{{ undefined_thing|int }}", "{{ undefined_thing|float }}",
    "{{ undefined_thing|tojson }}", "{{ [undefined_thing]|tojson }}", "{{ 'a' + 1 }}", "{{ 1 + 'a' }}", "{{ [1] + (1,) }}", "{{ 'a' - 'b' }}", "{{ none + 1 }}", "{{ 1 / 0 }}", "{{ 1 // 0 }}", "{{ 1 % 0 }}", "{{ 1.0 / 0 }}", "{{ 0 ** -1 }}", "{{ 1 < 'a' }}", "{{ none < 1 }}", "{{ [1] < 1 }}", "{{ {} < {} }}",
    "{{ 1 in 'abc' }}", "{{ 1 in 5 }}", "{{ [] in d }}", "{{ {[]: 1} }}", "{{ 5|length }}", "{{ xs|map('string')|length }}", "{{ 5|list }}", "{{ none|join }}", "{{ xs.append(1) }}", "{{ d.update({'a': 2}) }}", "{{ d.pop('a') }}", "{{ d.setdefault('q', 1) }}", "{{ xs.sort() }}", "{{ name.nomethod() }}", "{{ xs.split(',') }}", "{{ name() }}", "{{ 5() }}",
    "{{ name.__class__() }}", "{{ name.__class__.x }}", "{{ xs['a':] }}", "{{ xs[::0] }}", "{{ d[1:] }}", "{{ n[1:] }}", "{{ 'a'.split('') }}", "{{ 'a'.join([1]) }}", "{{ 'a'.index('z') }}", "{{ 'a'.center(5, 'xx') }}", "{{ 'a'.upper(1) }}", "{{ 'a'.startswith(1) }}", "{{ 'a'.replace('a') }}", "{{ xs.index(99) }}", "{{ d.get() }}",
    "{{ '%d' % 'a' }}", "{{ '%s %s' % 'a' }}", "{{ '%s' % (1, 2) }}", "{{ '%q' % 1 }}", "{{ '%(a)s' % 1 }}", "{{ '{} {}'.format(1) }}", "{{ '{a}'.format(1) }}", "{{ '{'.format(1) }}", "{{ '}'.format(1) }}", "{{ '{:d}'.format('a') }}", "{{ '{:q}'.format(1) }}", "{{ '%(a)s'|format(1) }}",
    "{% for x in 5 %}{% endfor %}", "{% for x in none %}{% endfor %}", "{% for a, b in [1] %}{% endfor %}", "{% for a, b in [[1, 2, 3]] %}{% endfor %}", "{% for a, b in d.values() %}{% endfor %}", "{% set a, b = [1] %}", "{% set x = 1 %}{% set x.y = 2 %}", "{% set undefined_thing.y = 2 %}", "{% set d.a = 2 %}", "{% for x in xs %}{{ loop(x) }}{% endfor %}",
    "{% for x in xs %}{{ loop.cycle() }}{% endfor %}", "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}{% endmacro %}{{ m(b=1) }}", "{% macro m() %}{% endmacro %}{% call m() %}{% endcall %}", "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}", "{% call range(3) %}{% endcall %}", "{{ range() }}", "{{ range('a') }}", "{{ range(1, 2, 0) }}", "{{ range(1000000) }}", "{{ range(1.5) }}",
    "{{ xs|map }}{{ xs|map|list }}", "{{ xs|map('nosuch')|list }}", "{{ xs|select('nosuch')|list }}", "{{ users|selectattr()|list }}", "{{ users|map(attribute='name', foo=1)|list }}", "{{ [1, 'a']|sort }}", "{{ [none, 1]|max }}", "{{ xs|batch }}", "{{ xs|dictsort }}", "{{ d|dictsort(by='x') }}", "{{ 5|items|list }}", "{{ ['a']|sum }}", "{{ 'a'|abs }}", "{{ 'a'|round }}", "{{ 1|round(1, 'x') }}", "{{ 5|indent }}",
    "{{ xs|tojson(foo=1) }}", "{{ {(1, 2): 3}|tojson }}", "{{ range(3)|tojson }}", "{{ d.items()|tojson }}", "{{ name.upper|tojson }}", "{{ 'a'|upper(1) }}", "{{ 'a'|replace('a') }}", "{{ 1 is divisibleby 0 }}", "{{ 'a' is odd }}", "{{ 1 is divisibleby }}", "{{ 'a' is gt 1 }}", "{{ name is in 5 }}", "{% if yes %}{{ x|nosuchfilter }}{% endif %}", "{{ (1|nosuchfilter) if yes }}", "{{ cycler() }}", "{{ [[1]]|unique|list }}", "{{ 1e400|int }}", "{{ dict(1) }}", "{{ dict([1]) }}", "{{ namespace(1) }}",
    "{{ ('x' if no).y }}", "{{ none.x.y }}", "{{ nothing|first + 1 }}", "{{ xs|reverse|length }}", "{{ d|items|length }}", "{{ d[[]].x }}", "{{ name[undefined_thing].x }}", "{{ 'x' * 'y' }}", "{{ 2.5 * 'y' }}", "{{ 'a'|int(0, 99)|nosuch if yes }}", "{{ 1 ~ 2 + 3 }}", "{{ users[5].name is undefined }}", "{{ name.__class__.__mro__ is defined }}", "{{ -xs|length }}", "{{ undefined_thing ** 2 }}", "{{ 2 ** undefined_thing }}", "{{ undefined_thing ~ 1 + undefined_thing }}", "{{ undefined_thing.x is defined }}", "{{ undefined_thing|attr('x') + 1 }}",
]

RAISED = ["{{ raise_exception('boom') }}", "a{% if yes %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}", "{% macro m() %}{{ raise_exception('in a macro: ' ~ name) }}{% endmacro %}{{ m() }}", "{% for x in xs %}{% if x == 1 %}{{ raise_exception('bad ' + x|string) }}{% endif %}{% endfor %}"]

SYNTAX = [
    "{{ }}", "{{ 1 + }}", "{{ * 1 }}", "{{ (1 }}", "{{ 1) }}", "{{ [1 }}", "{{ {1} }}", "{{ {'a' 1} }}", "{{ 'abc }}", "{{ 1", "{%", "{% if %}", "{% if yes %}", "{% if yes %}{% else %}", "{% endif %}", "{% if yes %}{% endfor %}", "{% for x xs %}{% endfor %}", "{% for in xs %}{% endfor %}", "{% for x in %}{% endfor %}", "{% for x in xs %}", "{% for 1 in xs %}{% endfor %}", "{% for x.y in xs %}{% endfor %}",
    "{% for loop in xs %}{% endfor %}", "{% for x in xs %}{% set loop = 1 %}{% endfor %}", "{% set %}", "{% set x %}", "{% set 1 = 2 %}", "{% set true = 2 %}", "{% set x y %}", "{% set x.y.z = 1 %}", "{% nosuchtag %}", "{% macro %}{% endmacro %}", "{% macro m %}{% endmacro %}", "{% macro m(a %}{% endmacro %}", "{% macro m(a=1, b) %}{% endmacro %}", "{% macro m(a, a) %}{% endmacro %}", "{% macro m() %}", "{% macro m(caller) %}{{ caller() }}{% endmacro %}",
    "{% call %}{% endcall %}", "{% call name %}{% endcall %}", "{% filter %}{% endfilter %}", "{% filter nosuch %}{% endfilter %}", "{% break %}", "{% continue %}", "{% for x in xs %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}", "{% for x in xs %}{% else %}{% break %}{% endfor %}", "{% for x in xs %}{% generation %}{% break %}{% endgeneration %}{% endfor %}", "{{ x|nosuchfilter }}", "{{ x is nosuchtest }}", "{% for x in xs %}{{ x|nosuch }}{% endfor %}", "{% macro m() %}{{ x|nosuch }}{% endmacro %}", "{% if yes %}{% for x in xs %}{{ x|nosuch }}{% endfor %}{% endif %}",
    "{{ x| }}", "{{ x|1 }}", "{{ x is }}", "{{ x. }}", "{{ x.'a' }}", "{{ x[ }}", "{{ f(1, }}", "{{ f(a=1, 2) }}", "{{ f(a=1, a=2) }}", "{{ f(**a, *b) }}", "{{ f(*a, 1) }}", "{{ 1 2 }}", "{{ a b }}", "{{ 1 if }}", "{{ if 1 }}", "{{ not }}", "{{ 1 is odd is even }}", "{# unclosed", "{% raw %}unclosed", "{% raw %}{% endraw", "{% block %}{% endblock %}", "{% block a %}{% endblock b %}", "{% block a %}{% endblock %}{% block a %}{% endblock %}", "{{ 1 ! 2 }}", "{{ a ? b }}", "{{ $x }}", "{{ x @ y }}", "{{ 1 = 2 }}", "{{ 'a' 'b }}", "{{ \"\\x1\" }}", "{{ '\\u12' }}", "{{ 012 }}", "{{ xs[0] is odd if yes else 5 }}", "{{ 1 is odd is defined }}", "{% set x = y = 1 %}", "{% macro m(*args) %}{% endmacro %}",
    "{% with a %}{% endwith %}", "{% with a= %}{% endwith %}", "{% with a=1 %}", "{% elif yes %}", "{% else %}", "{% if yes %}{% else %}{% else %}{% endif %}", "{% if yes %}{% else %}{% elif no %}{% endif %}", "{% generation %}", "{% do xs.append(1) %}", "{{ lambda x: x }}", "{{ x := 1 }}", "{{ 1; 2 }}", "{{ {'a': 1, } }}{{ [1, }}", "{{ (1 + 2] }}", "{% if yes }}A{% endif %}", "{{ name %}", "{% set x = %}", "{% print 1 2 %}", "{{ a.b.1.c. }}", "{{ ٣ }}",
]


def main():
    env = environment()
    rows = [("text", "{{ " + e + " }}") for e in EXPRESSIONS + FILTERS + TESTS + METHODS]
    rows += [("text", s) for s in STATEMENTS + WHITESPACE]
    rows += [("error", s) for s in ERRORS] + [("raised", s) for s in RAISED] + [("syntax error", s) for s in SYNTAX]
    for expected, source in rows:
        row = {"template": source, "variables": VARIABLES}
        try:
            template = env.from_string(source)
        except Exception:
            row["outcome"] = "syntax error"
        else:
            try:
                row["text"] = template.render(**VARIABLES)
                row["outcome"] = "text"
            except Exception as e:
                row["outcome"] = "error"
                if expected == "raised":
                    row["message"] = str(e)
        if row["outcome"] != ("error" if expected == "raised" else expected):
            print("surprise:", row["outcome"], "instead of", expected, source, file=sys.stderr)
        # Only what the template mentions, so that the file stays small.
        row["variables"] = {k: v for k, v in VARIABLES.items() if k in source}
        print(json.dumps(row))


if __name__ == "__main__":
    main()
