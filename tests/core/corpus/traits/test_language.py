"""The language of a text is told by its script and its most frequent words; a list of names has none."""

# ruff: noqa: RUF001 - other languages have letters that look like Latin ones

from collections import Counter

import pytest

from pointsman.core.corpus.traits.language import FEWEST_WORDS, UNKNOWN, language_of

TEXTS = {
    "en": (
        "The train leaves from the third platform and it will be there in an hour. If you have not bought a "
        "ticket, you can buy it on the train or at the office that is next to the door, which is open on all days "
        "of the week."
    ),
    "de": (
        "Der Zug fährt heute von Gleis drei ab und ist in einer Stunde da. Wer noch keine Karte hat, kann sie auch "
        "im Zug oder in dem Büro kaufen, das sich neben der Tür befindet und an allen Tagen der Woche für die "
        "Reisenden offen ist."
    ),
    "fr": (
        "Le train part du quai trois et il sera là dans une heure. Si vous n'avez pas de billet, vous pouvez en "
        "acheter un dans le train ou au bureau qui est à côté de la porte et qui est ouvert tous les jours de la "
        "semaine pour les clients."
    ),
    "es": (
        "El tren sale de la vía tres y llega en una hora a la ciudad. Si no tiene billete, lo puede comprar en el "
        "tren o en la oficina que está al lado de la puerta, que abre todos los días de la semana para los "
        "viajeros y sus amigos."
    ),
    "it": (
        "Il treno parte dal binario tre e arriva in un'ora alla stazione della città. Se non ha il biglietto, lo "
        "può comprare anche sul treno o nella biglietteria che si trova accanto alla porta ed è aperta tutti i "
        "giorni per i clienti."
    ),
    "pt": (
        "O trem sai da plataforma três e chega em uma hora à cidade. Se você não tem o bilhete, também pode "
        "comprar no trem ou na bilheteria que fica ao lado da porta e que está aberta todos os dias da semana para "
        "os passageiros com pressa."
    ),
    "nl": (
        "De trein vertrekt van spoor drie en is er over een uur. Als je nog geen kaartje hebt, kan je het ook in "
        "de trein kopen of bij het loket dat naast de deur is, en dat voor alle reizigers op elke dag van de week "
        "open is en niet sluit."
    ),
    "sv": (
        "Tåget går från spår tre och är framme om en timme. Om du inte har en biljett kan du köpa den på tåget "
        "eller i kontoret som är bredvid dörren och som är öppet för alla resenärer under varje dag i veckan, men "
        "inte om natten."
    ),
    "da": (
        "Toget går fra spor tre og er fremme om en time. Hvis du ikke har en billet, kan du købe den i toget eller "
        "på kontoret, som er ved siden af døren, og som er åbent for alle rejsende på hver dag i ugen, men ikke om "
        "natten."
    ),
    "pl": (
        "Pociąg odjeżdża z peronu trzeciego i będzie na miejscu za godzinę. Jeśli nie masz biletu, to możesz go "
        "kupić także w pociągu lub w kasie, która jest obok drzwi i jest otwarta dla podróżnych przez cały "
        "tydzień, ale nie w nocy."
    ),
    "cs": (
        "Vlak odjíždí z třetího nástupiště a bude na místě za hodinu. Pokud ještě nemáte lístek, je možné ho "
        "koupit také ve vlaku nebo v kanceláři, která je vedle dveří a která je otevřená pro cestující po celý "
        "týden, ale ne při svátku."
    ),
    "tr": (
        "Tren üçüncü perondan kalkar ve bir saat sonra orada olur. Eğer bilet yoksa, bu bilet trende veya kapının "
        "yanında olan ofiste de satılır; bu ofis haftanın her günü yolcular için açık olarak çalışır, ancak gece "
        "için bir şey değil. Bu hat ile giden her yolcu, ne kadar bekler ise beklesin, daha sonra bir çay da "
        "içebilir ve çok mutlu olur."
    ),
    "ru": (
        "Поезд отправляется от третьей платформы и будет на месте через час. Если у вас ещё нет билета, то его "
        "можно купить и в поезде, или в кассе, которая находится у двери и открыта для всех, но не так долго, как "
        "это было раньше."
    ),
    "uk": (
        "Потяг вирушає від третьої платформи і буде на місці за годину. Якщо ви ще не маєте квитка, то його можна "
        "купити і в потязі або в касі, яка є біля дверей та відкрита для всіх, але не так довго, як це було до "
        "того за старих часів."
    ),
}
SCRIPTS = {
    "zh": "火车从三号站台出发，一小时后到达。没有票的旅客可以在车上或者门旁边的售票处购买，售票处每天都开放。",
    "ja": ("列車は三番線から出発して、一時間後に着きます。切符がない方は、車内かドアの隣の窓口で買うことができます。"),
    "ko": (
        "기차는 삼번 승강장에서 출발하여 한 시간 뒤에 도착합니다. 표가 없으면 기차나 문 옆의 창구에서 살 수 있습니다."
    ),
    "el": "Το τρένο φεύγει από την τρίτη αποβάθρα και φτάνει σε μία ώρα στην πόλη.",
    "he": "הרכבת יוצאת מרציף שלוש ומגיעה בעוד שעה לעיר הגדולה שליד הים.",
    "DEVANAGARI": (
        "गाड़ी तीसरे प्लेटफ़ॉर्म से चलती है और एक घंटे में शहर पहुँच जाती है। जिसके पास टिकट नहीं है वह दरवाज़े के पास खरीद सकता है।"
    ),
}


def told(text: str) -> str:
    return language_of(Counter(text), text)


@pytest.mark.parametrize("language", TEXTS)
def test_a_language_is_told_by_its_frequent_words(language: str) -> None:
    assert told(TEXTS[language]) == language


@pytest.mark.parametrize("language", SCRIPTS)
def test_a_script_of_one_language_tells_it(language: str) -> None:
    assert told(SCRIPTS[language]) == language


def test_chinese_with_many_latin_names_is_chinese() -> None:
    assert told(SCRIPTS["zh"] + " FastAPI Django Celery Postgres Kubernetes") == "zh"


def test_names_numbers_and_a_short_text_have_no_language() -> None:
    assert told("Boiler Pressure Valve Gauge Piston Coupling Brake Buffer Siding " * 20) == UNKNOWN
    assert told("12.5 | 17 | 9 % | 4,000\n" * 50) == UNKNOWN
    assert told("") == UNKNOWN
    assert told("The train is in the station.") == UNKNOWN


def test_a_text_has_a_language_from_a_number_of_words_on() -> None:
    words = " ".join(
        ["the", "train", "of", "the", "town", "and", "it", "is", "in", "that", "place", "for", "you", "with"] * 9
    )
    assert told(" ".join(words.split()[: FEWEST_WORDS - 1])) == UNKNOWN
    assert told(" ".join(words.split()[:FEWEST_WORDS])) == "en"


def test_release_notes_with_many_single_letters_are_not_another_language() -> None:
    names = "Fixed a crash in `a` when e o s k z i v u (#1234). Contributed by A. Meyer, O. Silva, E. Novak. " * 12
    assert told(names) in ("en", UNKNOWN)
