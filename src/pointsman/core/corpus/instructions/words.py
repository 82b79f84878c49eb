"""Words with which a text speaks to a language model, in many languages: a rule holds where they meet in a sentence."""

# ruff: noqa: RUF001 - other languages have letters that look like Latin ones

from dataclasses import dataclass

from pointsman.core.corpus.instructions.marks import ADDRESS, ANSWER, OVERRIDE, PERSONA, REVEAL


@dataclass(frozen=True, slots=True)
class Meeting:
    """Words that mean a sign where one of each group stands in the same sentence. Each may be the beginning of one."""

    sign: str
    lead: tuple[str, ...]
    """The rarest group: the search begins at these. Whole words, unless one ends with ``*``."""
    groups: tuple[tuple[str, ...], ...]


def _words(text: str) -> tuple[str, ...]:
    """Return the phrases of a text that are separated by bars."""
    return tuple(each.strip() for each in text.split("|"))


def _meeting(sign: str, *groups: str) -> Meeting:
    return Meeting(sign, _words(groups[0]), tuple(map(_words, groups[1:])))


MEETINGS: tuple[Meeting, ...] = (
    # German
    _meeting(
        OVERRIDE,
        "ignorier*|vergiss|vergesst|vergessen sie|missacht*|verwirf|verwerfen sie|beachte nicht|befolge nicht|"
        "setz dich uber",
        "vorherig|vorig|bisherig|vorangegangen|obig|fruher|alle |saemtlich|samtlich|deine |ihre |ursprunglich|alles ",
        "anweisung|instruktion|vorgabe|prompt|richtlinie|regeln |anordnung|befehle |gesagt",
    ),
    _meeting(
        PERSONA,
        "du bist jetzt|du bist ab jetzt|du bist nun|sie sind jetzt|ab jetzt bist du|tu so als|gib dich als",
        "assistent|ki |chatbot|sprachmodell|modell|pirat|bot |entwicklermodus|uneingeschrankt|dan |ohne einschrank",
    ),
    _meeting(
        ANSWER,
        "antworte|antworten sie|beantworte",
        "nur |ausschliesslich|immer |stets |lediglich|jede ",
        "mit |auf |frage|wort|satz|dass ",
    ),
    _meeting(
        ANSWER,
        "wenn du gefragt|wenn jemand|falls jemand|wenn der nutzer|wenn nach|wenn man dich|bei fragen",
        "frag",
        "antworte|sage |sag |behaupte|nenne |empfiehl",
    ),
    _meeting(
        ANSWER,
        "zitiere|zitieren sie|erwahne",
        "nicht |keine |niemals|nur ",
        "quelle|dokument|seite|passage|andere|dies",
    ),
    _meeting(
        REVEAL,
        "zeig*|gib |verrat*|offenbar*|nenn|druck*|wiederhol*|geben sie",
        "dein|ihre|den system|versteckt|geheim",
        "anweisung|systemprompt|prompt|instruktion|systemnachricht",
    ),
    # French
    _meeting(
        OVERRIDE,
        "ignore|ignorez|oublie|oubliez|ne tiens pas compte|ne tenez pas compte|neglige|outrepasse|ne suis pas|ne "
        "suivez pas",
        "precedent|ci dessus|anterieur|tout |toute|vos |tes |initial|qui precede|plus haut",
        "instruction|consigne|directive|prompt|regles |ordres |invite systeme",
    ),
    _meeting(
        PERSONA,
        "tu es maintenant|vous etes maintenant|tu es desormais|vous etes desormais|a partir de maintenant|fais "
        "comme si",
        "assistant|ia |chatbot|modele|pirate|bot |mode developpeur|sans restriction|tu reponds|vous repondez|tu "
        "dois repondre",
    ),
    _meeting(
        ANSWER,
        "reponds|repondez",
        "uniquement|seulement|toujours|exclusivement|rien que|a toute",
        "par |avec |en |que |question",
    ),
    _meeting(
        ANSWER,
        "si on te demande|si on vous demande|quand on te|quand on vous|lorsqu'on|lorsqu’on|si l'utilisateur|si "
        "l’utilisateur|si quelqu un",
        "demand|question|interrog",
        "reponds|repondez|dis |dites|affirme|recommande",
    ),
    _meeting(
        ANSWER, "ne cite|ne citez|ne mentionne|cite uniquement|citez uniquement", "source|document|page|passage|autre"
    ),
    _meeting(
        REVEAL,
        "revel*|affiche*|montre*|repete*|donne*|ecri*|imprime*",
        "tes |vos |ton |votre |invite systeme|prompt systeme",
        "instruction|consigne|prompt|invite systeme|message systeme",
    ),
    # Spanish
    _meeting(
        OVERRIDE,
        "ignora|ignore|ignorad|olvida|olvide|descarta|haz caso omiso|haga caso omiso|no sigas|no hagas caso|pasa "
        "por alto|omite",
        "anterior|previ|arriba|todas |todo |tus |sus |original|inicial|precedente",
        "instruccion|indicacion|directric|prompt|reglas |ordenes|lo que te dijeron|mensaje del sistema",
    ),
    _meeting(
        PERSONA,
        "ahora eres|eres ahora|a partir de ahora|desde ahora|ahora usted es|actua como|finge que eres|finge ser",
        "asistente|ia |chatbot|modelo de lenguaje|pirata|bot |modo desarrollador|sin restriccion|responde|contesta",
    ),
    _meeting(
        ANSWER,
        "responde|contesta|responda|conteste",
        "solo |unicamente|siempre|exclusivamente|solamente|a cualquier|a toda",
        "con |en |que |pregunta",
    ),
    _meeting(
        ANSWER,
        "cuando te pregunt*|si te pregunt*|cuando pregunt*|cuando alguien|si alguien|si el usuario|cuando le pregunt*",
        "pregunt",
        "responde|di |diga|contesta|afirma|recomienda",
    ),
    _meeting(ANSWER, "no cites|no menciones|no cite|cita solo|cita unicamente", "fuente|documento|pagina|pasaje|otr"),
    _meeting(
        REVEAL,
        "revel*|muestra|muestre|repite|imprime|escribe|dime|ensena",
        "tus |su |sus |tu |del sistema|ocult|secret",
        "instruccion|prompt|mensaje del sistema|indicaciones",
    ),
    # Italian
    _meeting(
        OVERRIDE,
        "ignora|ignorate|ignori |dimentica|dimenticate|trascura|non seguire|non tenere conto|scarta",
        "precedent|sopra|tutte |tutto |tue |vostre |original|inizial|anterior",
        "istruzion|direttiv|prompt|regole |indicazion|ordini |comandi ",
    ),
    _meeting(
        PERSONA,
        "ora sei|adesso sei|sei ora|da ora in poi|d'ora in poi|d’ora in poi|da questo momento|fingi di essere|"
        "comportati come",
        "assistente|ia |ai |chatbot|modello|pirata|bot |modalita sviluppatore|senza restrizion|rispond",
    ),
    _meeting(
        ANSWER,
        "rispondi|rispondete",
        "solo |soltanto|sempre|esclusivamente|unicamente|a ogni|a qualsiasi",
        "con |in |che |domand",
    ),
    _meeting(
        ANSWER,
        "quando ti chied*|se ti chied*|quando qualcuno|se qualcuno|se l'utente|se l’utente|quando viene chiesto|"
        "quando ti viene",
        "chied|chiest|domand",
        "rispondi|di |dì |afferma|consiglia",
    ),
    _meeting(ANSWER, "non citare|non menzionare|cita solo|cita soltanto", "font|document|pagin|passagg|altr"),
    _meeting(
        REVEAL,
        "rivela|mostra|ripeti|stampa|scrivi|dimmi",
        "tue |tuo |di sistema|nascost|segret",
        "istruzion|prompt|messaggio di sistema",
    ),
    # Portuguese
    _meeting(
        OVERRIDE,
        "ignore|ignora|esqueca|esquece|desconsidere|desconsidera|descarte|nao siga|nao sigas",
        "anterior|previ|acima|todas |tudo |suas |tuas |origina|inicia|precedente",
        "instruc|instru|orientac|diretriz|prompt|regras |ordens |comandos ",
    ),
    _meeting(
        PERSONA,
        "agora voce e|voce agora e|voce e agora|a partir de agora|de agora em diante|finja ser|finja que voce|"
        "aja como|agora es",
        "assistente|ia |chatbot|modelo|pirata|bot |modo desenvolvedor|sem restric|responda|responde",
    ),
    _meeting(
        ANSWER,
        "responda|responde",
        "apenas|somente|sempre|unicamente|exclusivamente|so com|a qualquer",
        "com |em |que |pergunt",
    ),
    _meeting(
        ANSWER,
        "quando pergunt*|se pergunt*|quando alguem|se alguem|se o usuario|quando for pergunt*|quando lhe "
        "pergunt*|se o utilizador",
        "pergunt",
        "responda|responde|diga|afirme|recomende",
    ),
    _meeting(ANSWER, "nao cite|nao mencione|nao cites|cite apenas|cite somente", "fonte|documento|pagina|passage|outr"),
    _meeting(
        REVEAL,
        "revel*|mostre|mostra|repita|imprima|escreva|diga me",
        "suas |seu |tuas |teu |do sistema|ocult|secret",
        "instruc|instru|prompt|mensagem do sistema",
    ),
    # Dutch
    _meeting(
        OVERRIDE,
        "negeer*|vergeet|sla geen acht|volg niet|veronachtzaam|laat buiten beschouwing",
        "vorige|voorgaande|eerdere|bovenstaande|voorafgaande|alle |je |jouw |uw |oorspronkelijk",
        "instructie|aanwijzing|opdracht|prompt|richtlijn|regels |voorschrift",
    ),
    _meeting(
        PERSONA,
        "je bent nu|jij bent nu|u bent nu|vanaf nu ben je|doe alsof je",
        "assistent|ai |chatbot|taalmodel|piraat|bot |ontwikkelaarsmodus|zonder beperking|antwoord",
    ),
    _meeting(
        ANSWER, "antwoord|beantwoord", "alleen|uitsluitend|altijd|enkel|slechts", "met |in |dat |vragen|elke vraag"
    ),
    _meeting(
        ANSWER,
        "als iemand|wanneer iemand|als je gevraagd*|als er gevraagd*|als de gebruiker|wanneer gevraagd|als men",
        "vraag|gevraagd|vraagt",
        "zeg |antwoord|beweer|raad ",
    ),
    _meeting(ANSWER, "citeer|vermeld|noem ", "geen |niet |nooit|alleen", "bron|document|pagina|passage|andere"),
    _meeting(
        REVEAL,
        "toon*|onthul*|herhaal|geef|laat",
        "je |jouw |uw |de systeem|verborgen|geheime",
        "instructies|systeemprompt|prompt|systeembericht",
    ),
    # Polish
    _meeting(
        OVERRIDE,
        "zignoruj*|ignoruj*|pomin|zapomnij|zlekcewaz*|nie przestrzegaj|odrzuc|nie stosuj sie",
        "poprzedni|wczesniejsz|powyzsz|wszystk|swoje |twoje |pierwotn|dotychczas",
        "instrukcj|polece|wytyczn|prompt|zasad|rozkaz|wskazow",
    ),
    _meeting(
        PERSONA,
        "jestes teraz|teraz jestes|od teraz|od tej pory|udawaj ze|zachowuj sie jak",
        "asystent|si |ai |chatbot|model|pirat|bot |tryb|bez ograniczen|odpowiad",
    ),
    _meeting(ANSWER, "odpowiadaj*|odpowiedz", "tylko|wylacznie|zawsze|jedynie", "po |na |ze |slow|pytan|zdanie"),
    _meeting(
        ANSWER,
        "gdy ktos|jesli ktos|jezeli ktos|gdy uzytkownik|jesli uzytkownik|zapytany*|gdy zapyta*|kiedy ktos",
        "pyta|zapyt|spyta",
        "odpowiedz|odpowiadaj|powiedz|mow |twierdz|polec",
    ),
    _meeting(
        ANSWER, "nie cytuj|nie wspominaj|nie podawaj|cytuj tylko|cytuj wylacznie", "zrodl|dokument|stron|fragment|inn"
    ),
    _meeting(
        REVEAL,
        "pokaz|ujawnij|wypisz|powtorz|wyswietl|podaj",
        "swoje|twoje|swoj |systemow|ukryt|tajn",
        "instrukcj|prompt|polecenia|komunikat systemowy",
    ),
    # Russian
    _meeting(
        OVERRIDE,
        "игнорируй*|проигнорируй*|игнорировать|забудь|забудьте|отбрось|не следуй|не обращай внимания|пренебреги*|"
        "отмени",
        "предыдущ|прежн|выше|все |всё |всех |свои |твои |исходн|ранее|начальн",
        "инструкц|указани|промпт|правил|команд|директив|сказано|распоряжен",
    ),
    _meeting(
        PERSONA,
        "теперь ты|ты теперь|отныне|с этого момента|с этой минуты|притворись|веди себя как|действуй как",
        "ассистент|ии |чат бот|чатбот|модел|пират|бот |режим|без ограничен|отвеча|помощник",
    ),
    _meeting(
        ANSWER, "отвечай|ответь|отвечайте|ответьте", "только|всегда|исключительно|лишь", "на |по |что |слов|вопрос|фраз"
    ),
    _meeting(
        ANSWER,
        "когда тебя|если тебя|если спросят|когда спросят|если пользователь|когда пользователь|на вопрос|если кто|"
        "когда кто",
        "спрос|спраш|вопрос|просит",
        "отвечай|ответь|скажи|говори|утвержда|рекомендуй",
    ),
    _meeting(
        ANSWER,
        "не цитируй|не упоминай|не ссылайся|цитируй только|ссылайся только",
        "источник|документ|страниц|фрагмент|друг",
    ),
    _meeting(
        REVEAL,
        "покажи*|раскрой*|выведи|повтори|напечатай*|назови|выдай",
        "свои|свой|твои|твой|систем|скрыт|секретн",
        "инструкц|промпт|системное сообщение|указания",
    ),
    # Ukrainian
    _meeting(
        OVERRIDE,
        "ігноруй*|проігноруй*|ігноруйте|забудь|забудьте|не виконуй|відкинь|не зважай",
        "попередн|вище|всі |усі |свої |твої |початков|раніше",
        "інструкц|вказівк|промпт|правил|команд|наказ",
    ),
    # Czech and Slovak
    _meeting(
        OVERRIDE,
        "ignoruj*|zapomen*|zabudni|nedbej|prehledni*|nerid se",
        "predchoz|predchadz|vyse|vsechn|vsetk|sve |svoje |puvodn",
        "instrukc|pokyn|prompt|pravidl|prikaz",
    ),
    # Swedish, Danish, Norwegian
    _meeting(
        OVERRIDE,
        "ignorera*|glom |bortse fran|strunta i|folj inte|ignorer |glem |se bort fra",
        "tidigare|foregaende|ovanstaende|alla |dina |ovan|tidligere|foregaende|alle |dine |forrige",
        "instruktion|anvisning|prompt|regler|direktiv|instruks",
    ),
    # Turkish
    _meeting(
        OVERRIDE,
        "yok say*|gormezden gel*|unut*|dikkate alma*|goz ardi et*|boş ver|uyma*",
        "onceki|yukaridaki|tum |butun |daha once|sistem |evvelki|her ",
        "talimat|yonerge|komut|istem|kural|prompt|emir",
    ),
    _meeting(
        PERSONA,
        "artik sen|sen artik|sen simdi|bundan sonra|bundan boyle|şimdi sen|gibi davran",
        "asistan|yapay zeka|sohbet robotu|model|korsan|bot |gelistirici modu|kisitlama|yanit ver|cevap ver",
    ),
    _meeting(
        ANSWER,
        "yanitla*|cevapla*|yanit ver|cevap ver",
        "sadece|yalnizca|her zaman|daima|yalniz|her soruya",
        "ile |olarak|diye|soru|kelime",
    ),
    _meeting(ANSWER, "sorulursa*|soruldugunda*|sorarsa|sordugunda", "de |soyle|yanit|cevap|oner|iddia"),
    _meeting(ANSWER, "alinti yapma*|kaynak gosterme*|atifta bulunma*|bahsetme*", "kaynak|belge|sayfa|diger|baska"),
    _meeting(
        REVEAL,
        "goster*|acikla*|yazdir*|tekrarla*|ifsa et|paylas*",
        "sistem|kendi|gizli|sana verilen",
        "talimatlarini|istemini|sistem mesaj|promptunu|sistem prompt|sistem istem",
    ),
    # Vietnamese
    _meeting(
        OVERRIDE,
        "bo qua|phot lo|quen |khong tuan theo|khong lam theo",
        "truoc|tren|tat ca|moi |ban dau|he thong",
        "huong dan|chi dan|chi thi|menh lenh|lenh |prompt|loi nhac|quy tac",
    ),
    # Indonesian and Malay
    _meeting(
        OVERRIDE,
        "abaikan|lupakan|jangan ikuti|kesampingkan",
        "sebelumnya|di atas|semua|seluruh|awal|sistem",
        "instruksi|perintah|arahan|prompt|petunjuk|aturan",
    ),
    # Arabic, Persian
    _meeting(
        OVERRIDE,
        "تجاهل|تجاهلي|انس |انسي|تجاوز|لا تتبع|نادیده بگیر*|فراموش کن",
        "السابق|أعلاه|اعلاه|جميع|كل |كافة|قبلی|بالا|همه|تمام",
        "التعليمات|تعليمات|الأوامر|الاوامر|أوامر|اوامر|التوجيهات|القواعد|دستور|المطالبة",
    ),
    # Whoever is spoken to, and what was said before
    _meeting(
        ADDRESS,
        "als ki|als sprachmodell|wenn du eine ki|falls du eine ki|wenn sie eine ki|ki assistenten|an alle ki",
        "musst|mussen|soll|antworte|empfiehl|empfehl|sage|sag |ignorier|stopp|darf",
    ),
    _meeting(OVERRIDE, "vergiss|vergesst|vergessen sie", "alles ", "gesagt|davor|bisher|zuvor|obige"),
    _meeting(
        ADDRESS,
        "si vous etes une ia|si tu es une ia|en tant qu'ia|les assistants ia|assistants ia|si tu es un modele",
        "recommand|repond|dites|dis |doi|devez|ignor",
    ),
    _meeting(OVERRIDE, "oublie|oubliez", "tout ", "precede|avant|dit |dessus"),
    _meeting(
        ADDRESS,
        "si eres una ia|como ia|como modelo de lenguaje|asistentes de ia|si usted es una ia",
        "recomiend|respond|di |diga|debes|deben|ignora",
    ),
    _meeting(OVERRIDE, "olvida|olvide|ignora", "todo lo |lo anterior|lo que ", "anterior|dicho|dijeron|arriba"),
    _meeting(
        ADDRESS,
        "se sei un'ia|se sei una ia|come ia|come modello linguistico|assistenti ia|assistenti ai",
        "consigli|rispond|di |devi|devono|ignora",
    ),
    _meeting(OVERRIDE, "dimentica|dimenticate", "tutto |quello |cio ", "detto|sopra|precede"),
    _meeting(
        ADDRESS,
        "se voce e uma ia|como uma ia|como ia|assistentes de ia|se es uma ia",
        "recomend|respond|diga|deve|ignor",
    ),
    _meeting(OVERRIDE, "esqueca|esquece", "tudo |o que ", "dito|acima|anterior|antes"),
    _meeting(ADDRESS, "als je een ai|als ai|ai assistenten|als taalmodel", "raad |antwoord|zeg |moet|negeer"),
    _meeting(OVERRIDE, "vergeet", "alles ", "hiervoor|hierboven|verteld|gezegd|daarvoor"),
    _meeting(
        ADDRESS,
        "jesli jestes ai|jesli jestes si|jako ai|jako model|asystenci ai",
        "polec|odpowied|powiedz|musi|zignoruj",
    ),
    _meeting(OVERRIDE, "zapomnij", "wszystk", "powiedzian|wczesniej|powyzej"),
    _meeting(
        ADDRESS,
        "если ты ии|если вы ии|как ии|ии ассистент*|языковые модели|как языковая модель",
        "рекоменд|ответ|отвеча|скажи|долж|игнорир",
    ),
    _meeting(OVERRIDE, "забудь|забудьте", "все |всё ", "говорили|сказали|написано|выше"),
    _meeting(ADDRESS, "yapay zeka isen|yapay zeka olarak|yapay zeka asistan*", "oner|yanit|cevap|soyle|zorunda"),
)
"""Rules for languages that put spaces between words."""

WITHOUT_SPACES: tuple[Meeting, ...] = (
    # Chinese, simplified and traditional
    _meeting(
        OVERRIDE,
        "忽略|无视|無視|忘记|忘記|不要遵循|不要遵守|不理会|不理會|抛开",
        "之前|以前|先前|上面|上述|以上|前面|所有|全部|一切|你的|系统|系統|原有",
        "指令|指示|提示|说明|說明|规则|規則|命令|设定|設定|要求",
    ),
    _meeting(
        PERSONA,
        "你现在是|你現在是|从现在开始|從現在開始|从现在起|從現在起|现在你是|現在你是|请扮演|請扮演|你将扮演|假装你是|假裝你是",
        "助手|助理|人工智能|人工智慧|机器人|機器人|模型|海盗|海盜|开发者模式|開發者模式|不受限制|回答|AI|ai|专家",
    ),
    _meeting(
        ANSWER,
        "只回答|仅回答|只能回答|只用|始终回答|總是回答|总是回答|一律回答|一律回复|只回复|只需回答|必须回答|必須回答",
        "回答|回复|回覆|说|說|问题",
    ),
    _meeting(
        ANSWER,
        "当被问|當被問|被问到|被問到|如果用户问|如果用戶問|当用户问|當用戶問|如果有人问|如果有人問|当有人问|问及",
        "回答|说|說|告诉|告訴|回复|推荐",
    ),
    _meeting(
        ANSWER,
        "不要引用|请勿引用|請勿引用|不得引用|只引用|仅引用|不要提及",
        "来源|來源|文档|文件|文獻|出处|其他|页面|段落",
    ),
    _meeting(
        REVEAL,
        "显示|顯示|透露|输出|輸出|泄露|洩露|告诉我|重复|重複|打印|列出",
        "你的|系统提示|系統提示|隐藏|秘密",
        "系统提示|系統提示|提示词|提示詞|指令|初始指示|系统消息",
    ),
    # Japanese
    _meeting(
        OVERRIDE,
        "無視し|無視せよ|忘れて|忘れろ|従わない|従うな|破棄し|無視する|無視してください",
        "以前|これまで|上記|前の|すべて|全て|今まで|以上の|あなたの|システム|先の|前述",
        "指示|命令|プロンプト|ルール|規則|指令|説明",
    ),
    _meeting(
        PERSONA,
        "あなたは今|あなたはこれから|今からあなた|これからあなた|今後は|のふりをし|として振る舞",
        "アシスタント|AI|ai|ボット|モデル|海賊|開発者モード|制限のない|答え|回答",
    ),
    _meeting(
        ANSWER,
        "答えてください|回答してください|答えなさい|回答しなさい|とだけ答え|とのみ回答|だけで答え|のみで回答",
        "だけ|のみ|必ず|常に|いつも",
    ),
    _meeting(
        ANSWER,
        "聞かれたら|尋ねられたら|質問されたら|問われたら|聞かれた場合|質問された場合",
        "答え|回答|言っ|伝え|勧め",
    ),
    _meeting(ANSWER, "引用しない|引用するな|言及しない|出典を示さない", "で|文書|ページ|出典|他の"),
    _meeting(
        REVEAL,
        "表示し|明かし|教えて|出力し|繰り返し|公開し",
        "あなたの|システム|隠され|秘密",
        "システムプロンプト|プロンプト|内部指示|あなたの指示|システムメッセージ",
    ),
    # Korean
    _meeting(
        OVERRIDE,
        "무시하|무시해|잊어|따르지 마|따르지 말|무시하라|무시하십시오",
        "이전|위의|앞의|모든|지금까지|기존|시스템|앞선|너의|당신의",
        "지시|명령|프롬프트|지침|규칙|설정",
    ),
    _meeting(
        PERSONA,
        "너는 이제|당신은 이제|이제부터 너|이제부터 당신|이제 당신은|이제 너는|지금부터|인 척|처럼 행동",
        "어시스턴트|비서|인공지능|AI|ai|챗봇|모델|해적|개발자 모드|제한 없|대답|답변",
    ),
    _meeting(
        ANSWER,
        "답하세요|대답하세요|답변하세요|답해|대답해|답변해|답하라|대답하라|답변하라|답변하십시오",
        "만 |오직|항상|반드시|언제나|라고만|으로만|로만",
    ),
    _meeting(ANSWER, "물어보면|질문하면|질문받으면|묻거든|물으면|질문을 받으면", "답|말하|말해|추천|알려"),
    _meeting(ANSWER, "인용하지|언급하지|출처를 밝히지", "마|말|문서|출처|다른"),
    _meeting(
        REVEAL,
        "보여|공개|출력|알려|반복|드러내",
        "너의|당신의|시스템|숨겨|비밀",
        "시스템 프롬프트|시스템 메시지|지시사항|내부 지침",
    ),
    # Hindi
    _meeting(
        OVERRIDE,
        "अनदेखा*|नज़रअंदाज|नजरअंदाज|भूल जा*|ध्यान न द*",
        "पिछल|पूर्व|सभी|ऊपर|पहले|सारे",
        "निर्देश|आदेश|प्रॉम्प्ट|नियम",
    ),
    _meeting(
        OVERRIDE, "忽略|无视|無視|忘记|忘記", "上面|上述|以上|前面|之前", "内容，|內容，|内容并|对话|對話|文字，|所说"
    ),
    _meeting(
        ADDRESS,
        "如果你是ai|如果你是人工智能|作为ai|作为人工智能|作为语言模型|作为一个语言模型|ai助手|ai助理",
        "必须|应当|回答|推荐|请|務必|务必",
    ),
    _meeting(ADDRESS, "あなたがai|aiアシスタントは|aiであれば|言語モデルは", "必ず|答え|回答|勧め|推奨"),
    _meeting(ADDRESS, "당신이 ai|ai 어시스턴트는|ai라면|인공지능이라면|언어 모델은", "반드시|답|추천|항상"),
    # Thai
    _meeting(OVERRIDE, "เพิกเฉย|ละเว้น|ไม่ต้องสนใจ|ลืม", "ก่อนหน้า|ทั้งหมด|ข้างต้น|เดิม", "คำสั่ง|คำแนะนำ|พรอมต์|กฎ"),
)
"""Rules for languages that put none, or few, between words, or whose vowels are marks on letters."""
