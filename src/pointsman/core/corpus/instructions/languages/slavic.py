"""Rules for Slavic languages: Polish, Russian, Ukrainian, Czech and Slovak."""

# ruff: noqa: RUF001 - other languages have letters that look like Latin ones

from pointsman.core.corpus.instructions.marks import ADDRESS, ANSWER, OVERRIDE, PERSONA, REVEAL
from pointsman.core.corpus.instructions.meeting import Meeting, meeting

SLAVIC: tuple[Meeting, ...] = (
    # Polish
    meeting(
        OVERRIDE,
        "zignoruj*|ignoruj*|pomin|zapomnij|zlekcewaz*|nie przestrzegaj|odrzuc|nie stosuj sie",
        "poprzedni|wczesniejsz|powyzsz|wszystk|swoje |twoje |pierwotn|dotychczas",
        "instrukcj|polece|wytyczn|prompt|zasad|rozkaz|wskazow",
    ),
    meeting(
        PERSONA,
        "jestes teraz|teraz jestes|od teraz|od tej pory|udawaj ze|zachowuj sie jak",
        "asystent|si |ai |chatbot|model|pirat|bot |tryb|bez ograniczen|odpowiad",
    ),
    meeting(ANSWER, "odpowiadaj*|odpowiedz", "tylko|wylacznie|zawsze|jedynie", "po |na |ze |slow|pytan|zdanie"),
    meeting(
        ANSWER,
        "gdy ktos|jesli ktos|jezeli ktos|gdy uzytkownik|jesli uzytkownik|zapytany*|gdy zapyta*|kiedy ktos",
        "pyta|zapyt|spyta",
        "odpowiedz|odpowiadaj|powiedz|mow |twierdz|polec",
    ),
    meeting(
        ANSWER, "nie cytuj|nie wspominaj|nie podawaj|cytuj tylko|cytuj wylacznie", "zrodl|dokument|stron|fragment|inn"
    ),
    meeting(
        REVEAL,
        "pokaz|ujawnij|wypisz|powtorz|wyswietl|podaj",
        "swoje|twoje|swoj |systemow|ukryt|tajn",
        "instrukcj|prompt|polecenia|komunikat systemowy",
    ),
    meeting(
        ADDRESS,
        "jesli jestes ai|jesli jestes si|jako ai|jako model|asystenci ai",
        "polec|odpowied|powiedz|musi|zignoruj",
    ),
    meeting(OVERRIDE, "zapomnij", "wszystk", "powiedzian|wczesniej|powyzej"),
    # Russian
    meeting(
        OVERRIDE,
        "игнорируй*|проигнорируй*|игнорировать|забудь|забудьте|отбрось|не следуй|не обращай внимания|пренебреги*|"
        "отмени",
        "предыдущ|прежн|выше|все |всё |всех |свои |твои |исходн|ранее|начальн",
        "инструкц|указани|промпт|правил|команд|директив|сказано|распоряжен",
    ),
    meeting(
        PERSONA,
        "теперь ты|ты теперь|отныне|с этого момента|с этой минуты|притворись|веди себя как|действуй как",
        "ассистент|ии |чат бот|чатбот|модел|пират|бот |режим|без ограничен|отвеча|помощник",
    ),
    meeting(
        ANSWER, "отвечай|ответь|отвечайте|ответьте", "только|всегда|исключительно|лишь", "на |по |что |слов|вопрос|фраз"
    ),
    meeting(
        ANSWER,
        "когда тебя|если тебя|если спросят|когда спросят|если пользователь|когда пользователь|на вопрос|если кто|"
        "когда кто",
        "спрос|спраш|вопрос|просит",
        "отвечай|ответь|скажи|говори|утвержда|рекомендуй",
    ),
    meeting(
        ANSWER,
        "не цитируй|не упоминай|не ссылайся|цитируй только|ссылайся только",
        "источник|документ|страниц|фрагмент|друг",
    ),
    meeting(
        REVEAL,
        "покажи*|раскрой*|выведи|повтори|напечатай*|назови|выдай",
        "свои|свой|твои|твой|систем|скрыт|секретн",
        "инструкц|промпт|системное сообщение|указания",
    ),
    meeting(
        ADDRESS,
        "если ты ии|если вы ии|как ии|ии ассистент*|языковые модели|как языковая модель",
        "рекоменд|ответ|отвеча|скажи|долж|игнорир",
    ),
    meeting(OVERRIDE, "забудь|забудьте", "все |всё ", "говорили|сказали|написано|выше"),
    # Ukrainian
    meeting(
        OVERRIDE,
        "ігноруй*|проігноруй*|ігноруйте|забудь|забудьте|не виконуй|відкинь|не зважай",
        "попередн|вище|всі |усі |свої |твої |початков|раніше",
        "інструкц|вказівк|промпт|правил|команд|наказ",
    ),
    # Czech and Slovak
    meeting(
        OVERRIDE,
        "ignoruj*|zapomen*|zabudni|nedbej|prehledni*|nerid se",
        "predchoz|predchadz|vyse|vsechn|vsetk|sve |svoje |puvodn",
        "instrukc|pokyn|prompt|pravidl|prikaz",
    ),
)
"""Rules for Slavic languages."""
