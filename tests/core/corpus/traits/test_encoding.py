"""Text that was decoded with another encoding is seen by its signs; proper text of many languages has none."""

# ruff: noqa: RUF001 - other languages have letters that look like Latin ones

import time

import pytest

from pointsman.core.corpus.documents import Block, Document, Kind
from pointsman.core.corpus.traits.encoding import encoding_signs

PROPER = {
    "German": "Äpfel für Züge über Köln, ÖFFNUNG: „Straße“ – 20 °C, MÜLLER’S Café, GRÖẞE.",
    "French": "« Été » à l’hôtel : QUALITÉ « SUPÉRIEURE » ; ÇA ET LÀ… cœur, NOËL – 5 € – É « x »",
    "Spanish": "¿Qué AÑO? ¡MAÑANA! ESPAÑA «HOY» n.º 3, 2ª",
    "Portuguese": "NÃO, IRMÃ, MANHÃ, CORAÇÃO; ÂNGULO, «São João», já está à mão: informação",
    "Swedish": "Å, Ä och Ö: SMÅ «TÅG» PÅ – FÄRJAN går över ån, från Öland",
    "Polish": "Zażółć gęślą jaźń – ŻÓŁĆ „tak”",
    "Czech": "Příliš žluťoučký kůň úpěl ďábelské ódy „ano“",
    "Turkish": "İSTANBUL’DA ŞİMDİ çok güzel, Iğdır",
    "Romanian": "În România și Țara, «Â» e o literă",
    "Vietnamese": "Tiếng Việt có nhiều dấu: Đường, Ấn Độ, ĂN, Â",
    "Russian": "Съёмка: «Сёмга», РЁВ и СЁСТРЫ – Россия, РИА",
    "Ukrainian": "Європа й Ґудзик: «Сіль», Рівне, її",
    "Greek": "Ελληνικά «κείμενα» – Ώρα",
    "Chinese": "使用Python编写的a或b函数，还有x和y。",
    "Japanese": "列車は三番線から出発して、一時間後に着きます。Pythonのaとb、カタカナ",
    "Korean": "한국어로 Python을 씁니다. 표가 없으면 살 수 있습니다.",
    "Icelandic": "Þúsund ár, ÞÓR og Ægir, áður",
    "code": "a ? b : c; x?.y; page?id=3&lt=4; https://example.org/?q=a&amp=b; R&D; 3×4, 5×½ §§ 3",
    "drawing": "├── src\n│   └── main.py ─ ┬ ┐",
}
MISREAD = ["latin-1", "cp1252", "cp1254", "iso8859_15", "mac_roman", "cp1251", "cp850", "koi8_r"]


def signs(text: str, kind: Kind = Kind.PROSE) -> int:
    return encoding_signs(Document("d.md", (Block(kind, text),)))


@pytest.mark.parametrize("language", PROPER)
def test_proper_text_has_no_signs(language: str) -> None:
    assert signs(PROPER[language]) == 0


@pytest.mark.parametrize("wrong", MISREAD)
@pytest.mark.parametrize("language", ["German", "French", "Portuguese", "Swedish", "Polish", "Turkish"])
def test_utf8_read_as_something_else_has_signs(language: str, wrong: str) -> None:
    assert signs(PROPER[language].encode().decode(wrong, "replace")) >= 2


@pytest.mark.parametrize("wrong", ["latin-1", "cp1252", "cp1251", "mac_roman"])
@pytest.mark.parametrize("language", ["Russian", "Ukrainian", "Greek", "Chinese", "Japanese", "Korean"])
def test_other_scripts_read_as_something_else_have_signs(language: str, wrong: str) -> None:
    assert signs(PROPER[language].encode().decode(wrong, "replace")) >= 2


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("Russian", "cp1251", "latin-1"), ("Russian", "koi8_r", "latin-1"), ("Greek", "iso8859_7", "latin-1"),
        ("Japanese", "cp932", "cp1252"), ("Korean", "euc_kr", "latin-1"), ("Chinese", "gbk", "latin-1"),
        ("German", "cp1252", "utf-8"), ("French", "cp1252", "utf-8"), ("Polish", "cp1250", "utf-8"),
    ],
)  # fmt: skip
def test_an_older_encoding_read_as_a_western_one_or_as_utf8_has_signs(language: str, written: str, read: str) -> None:
    assert signs(PROPER[language].encode(written, "ignore").decode(read, "replace")) >= 2


def test_what_was_encoded_twice_has_signs_for_each_letter() -> None:
    twice = "Äpfel für Köln".encode().decode("cp1252").encode().decode("cp1252", "replace")
    assert signs(twice) >= 3


def test_letters_that_became_question_marks_are_signs_and_addresses_are_none() -> None:
    assert signs("Die gr??te Stra?e f?hrt ?ber K?ln nach M?nchen.") >= 3
    assert signs("It doesn?t work, and it won?t be mended.") == 2
    assert signs("See page?id=3 and /find?query=x. Really? Yes.") == 0


def test_what_code_may_hold_is_no_sign_there() -> None:
    assert signs("Use &eacute; and &#233; here.") == 2
    assert signs("Use &eacute; and &#233; here.", Kind.VERBATIM) == 0


def test_five_megabytes_are_searched_in_linear_time() -> None:
    worst = ["Ã" * 5_000_000, "à" * 5_000_000, "Р" * 5_000_000, "a?" * 2_500_000, "&a" * 2_500_000, "ƒ" * 5_000_000]
    for text in worst:
        began = time.process_time()
        signs(text)
        assert time.process_time() - began < 2
