"""Rules for Turkish, Vietnamese, Indonesian, Malay, Arabic and Persian, which put blanks between words."""

from pointsman.core.corpus.instructions.marks import ADDRESS, ANSWER, OVERRIDE, PERSONA, REVEAL
from pointsman.core.corpus.instructions.meeting import Meeting, meeting

OTHERS: tuple[Meeting, ...] = (
    # Turkish
    meeting(
        OVERRIDE,
        "yok say*|gormezden gel*|unut*|dikkate alma*|goz ardi et*|boş ver|uyma*",
        "onceki|yukaridaki|tum |butun |daha once|sistem |evvelki|her ",
        "talimat|yonerge|komut|istem|kural|prompt|emir",
    ),
    meeting(
        PERSONA,
        "artik sen|sen artik|sen simdi|bundan sonra|bundan boyle|şimdi sen|gibi davran",
        "asistan|yapay zeka|sohbet robotu|model|korsan|bot |gelistirici modu|kisitlama|yanit ver|cevap ver",
    ),
    meeting(
        ANSWER,
        "yanitla*|cevapla*|yanit ver|cevap ver",
        "sadece|yalnizca|her zaman|daima|yalniz|her soruya",
        "ile |olarak|diye|soru|kelime",
    ),
    meeting(ANSWER, "sorulursa*|soruldugunda*|sorarsa|sordugunda", "de |soyle|yanit|cevap|oner|iddia"),
    meeting(ANSWER, "alinti yapma*|kaynak gosterme*|atifta bulunma*|bahsetme*", "kaynak|belge|sayfa|diger|baska"),
    meeting(
        REVEAL,
        "goster*|acikla*|yazdir*|tekrarla*|ifsa et|paylas*",
        "sistem|kendi|gizli|sana verilen",
        "talimatlarini|istemini|sistem mesaj|promptunu|sistem prompt|sistem istem",
    ),
    meeting(ADDRESS, "yapay zeka isen|yapay zeka olarak|yapay zeka asistan*", "oner|yanit|cevap|soyle|zorunda"),
    # Vietnamese
    meeting(
        OVERRIDE,
        "bo qua|phot lo|quen |khong tuan theo|khong lam theo",
        "truoc|tren|tat ca|moi |ban dau|he thong",
        "huong dan|chi dan|chi thi|menh lenh|lenh |prompt|loi nhac|quy tac",
    ),
    # Indonesian and Malay
    meeting(
        OVERRIDE,
        "abaikan|lupakan|jangan ikuti|kesampingkan",
        "sebelumnya|di atas|semua|seluruh|awal|sistem",
        "instruksi|perintah|arahan|prompt|petunjuk|aturan",
    ),
    # Arabic, Persian
    meeting(
        OVERRIDE,
        "تجاهل|تجاهلي|انس |انسي|تجاوز|لا تتبع|نادیده بگیر*|فراموش کن",
        "السابق|أعلاه|اعلاه|جميع|كل |كافة|قبلی|بالا|همه|تمام",
        "التعليمات|تعليمات|الأوامر|الاوامر|أوامر|اوامر|التوجيهات|القواعد|دستور|المطالبة",
    ),
)
"""Rules for other languages with blanks."""
