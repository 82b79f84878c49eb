"""A page that a server shows in place of content is told from one that explains such pages, in many languages."""

# ruff: noqa: RUF001 - other languages have letters that look like Latin ones

import pytest

from pointsman.adapters.parsers.document import read_document
from pointsman.core.corpus.documents import Document
from pointsman.core.corpus.traits.page_kind import LONGEST, PageKind, page_kind

FILLER = "The boiler of the third engine was filled before noon and the valve held. "

LOGIN = [
    "# Sign in\n\nYour session has expired. Sign in with your company account to go on reading this page.",
    "# Example Corp\n\n## Log in\n\nUsername\n\nPassword\n\nRemember me\n\nForgot your password?",
    "Log in to continue\n\nEmail address\n\nPassword\n\nKeep me signed in\n\nDon't have an account? Sign up",
    "# Sign in - Example Wiki\n\nPlease sign in to continue.",
    "# Sign in to GitHub\n\nUsername or email address\n\nPassword\n\nForgot password?\n\nNew here? Create an account",
    "# Sign in\n\nto continue to Example Mail\n\nEmail or phone\n\nForgot email?\n\nNot your computer? Use Guest mode.",
    "# Log in to Example Wiki\n\nYou must log in to view other pages.",
    "You need to sign in or sign up before continuing.\n\nRemember me",
    "# Example Identity\n\nSign in with your organizational account\n\nKeep me signed in",
    "# Anmelden\n\nIhre Sitzung ist abgelaufen. Bitte melden Sie sich an.\n\nPasswort vergessen",
    "# Connexion\n\nVotre session a expiré. Veuillez vous connecter.\n\nMot de passe oublié ?",
    "# Iniciar sesión\n\nLa sesión ha caducado. ¿Has olvidado tu contraseña?\n\nCrear una cuenta",
    "# Accedi\n\nLa tua sessione è scaduta. Accedi per continuare.\n\nPassword dimenticata?",
    "# Entrar\n\nSua sessão expirou. Faça login para continuar.\n\nEsqueceu a senha?",
    "# Inloggen\n\nJe sessie is verlopen. Log in om verder te gaan.\n\nWachtwoord vergeten?",
    "# Logga in\n\nDin session har gått ut.\n\nGlömt lösenord?\n\nSkapa konto",
    "# Zaloguj się\n\nTwoja sesja wygasła. Nie pamiętasz hasła?\n\nNie masz konta?",
    "# Přihlášení\n\nVaše relace vypršela.\n\nZapomenuté heslo\n\nNemáte účet?",
    "# Вход\n\nВаша сессия истекла. Пожалуйста, войдите снова.\n\nЗабыли пароль?",
    "# Giriş yap\n\nOturumunuz sona erdi. Lütfen giriş yapın.\n\nŞifremi unuttum",
    "# 登录\n\n登录已过期，请先登录。\n\n忘记密码？\n\n记住我",
    "# ログイン\n\nセッションの有効期限が切れました。もう一度ログインしてください。\n\nパスワードをお忘れですか",
    "# 로그인\n\n세션이 만료되었습니다. 다시 로그인해 주세요.\n\n비밀번호를 잊으셨나요?",
]
ERROR = [
    "# 404 Not Found\n\nThe requested URL was not found on this server.",
    "# 502 Bad Gateway\n\nnginx",
    "# 404",
    "# Page not found | Example\n\nThe page you are looking for may have been moved. Return to the home page.",
    "# Oops!\n\nSomething went wrong. Please try again later.",
    "The service is unavailable. Please try again later.",
    "# Seite nicht gefunden\n\nDie angeforderte Seite existiert nicht. Zur Startseite",
    "# Page introuvable\n\nLa page que vous cherchez n'a pas été trouvée. Retour à l'accueil",
    "# Página no encontrada\n\nLa página que buscas no se ha encontrado. Volver al inicio",
    "# Pagina non trovata\n\nLa pagina richiesta non è stata trovata. Torna alla home",
    "# Страница не найдена\n\nЗапрашиваемая страница не существует. Вернуться на главную",
    "# 页面不存在\n\n您访问的页面不存在。返回首页",
    "# ページが見つかりません\n\nお探しのページは存在しません。トップページへ",
]
COOKIE = [
    "# We value your privacy\n\nWe use cookies to show you this page. Accept all\n\nReject all\n\nManage preferences",
    "This website uses cookies. By continuing to use this site you agree.\n\nAccept cookies\n\nCookie settings",
    "# Datenschutz-Einstellungen\n\nWir verwenden Cookies.\n\nAlle akzeptieren\n\nAlle ablehnen",
    "Nous utilisons des cookies sur ce site.\n\nTout accepter\n\nContinuer sans accepter",
    "Utilizamos cookies propias.\n\nAceptar todas\n\nRechazar todas",
    "我们使用 Cookie 来改善体验。\n\n接受全部\n\n拒绝所有",
]
OTHERS = [
    (
        "# Just a moment...\n\nVerify you are human by completing the action below. Enable JavaScript and cookies.",
        "blocked",
    ),
    (
        "# Sorry\n\nYou are unable to access this.\n\nThe action you just performed triggered the security solution.",
        "blocked",
    ),
    ("# Attention required\n\nSorry, you have been blocked. Why have I been blocked?", "blocked"),
    ("# Coming soon\n\nOur new website is on its way. Check back soon.", "placeholder"),
    ("Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.", "placeholder"),
]
CONTENT = [
    (
        "# Sign in to the portal\n\nOpen the portal, enter your name and your password, and choose the building. The "
        "desk in the hall gives you a new password if you lost it. The portal shows the plan of the week."
    ),
    (
        "# Sign in\n\nTo sign in, open the app and enter the address of your team, then your user name and your "
        "password. If you forgot it, ask the help desk for a new one. A session lasts eight hours; after that "
        "you must sign in again."
    ),
    (
        "# Login\n\nThe login form asks for a user name and a password. `LoginView` shows it, and `next` names "
        "the page that is shown afterwards. A wrong password is counted, and after five of them the account "
        "waits for ten minutes."
    ),
    (
        "# HTTP 404\n\nThe server answers 404 where a page is not there. Raise `Http404` in a view, and the "
        "handler shows the template `404.html`. With DEBUG on, it shows the list of patterns in its place."
    ),
    (
        "# 404 Not Found\n\nA client gets this status where no route fits. Return it with `abort(404)`, or "
        "register a handler that answers in JSON. It does not say whether the page will be there later."
    ),
    (
        "# Cookies\n\nWe use cookies for the session and for the language of the page. The session cookie is "
        "called sid and lasts until the browser is closed. No cookie is read by anybody else."
    ),
    (
        "# Errors\n\nError 17 means that the valve is shut. Error 18 means that the boiler is cold. Wait, then "
        "try again."
    ),
    "# Maintenance\n\nThe pumps are maintained each spring. Before the work, shut valve 3 and note the time.",
    ("# Access denied\n\nThe gate says this where a badge is not known. Bring the badge to the desk in the hall."),
    (
        "# Authentification\n\nLe jeton est envoyé avec chaque requête. Il est valable une heure et le serveur "
        "le renouvelle."
    ),
    (
        "# Passwort ändern\n\nÖffnen Sie die Einstellungen und wählen Sie ein neues Passwort mit mindestens "
        "zwölf Zeichen."
    ),
    "# Ошибки\n\nКод 404 означает, что маршрута нет. Обработчик возвращает ответ в формате JSON.",
    "# 登录接口\n\n调用此接口需要用户名和密码。返回的令牌在一小时内有效,之后需要重新获取。",
    "# Timetable\n\nThe ferry leaves at six.",
    "",
]


def parsed(text: str) -> Document:
    return read_document("page.md", text.encode())


@pytest.mark.parametrize("text", LOGIN)
def test_a_sign_in_page_is_known_in_many_languages(text: str) -> None:
    assert page_kind(parsed(text)) is PageKind.LOGIN


@pytest.mark.parametrize("text", ERROR)
def test_an_error_page_is_known_in_many_languages(text: str) -> None:
    assert page_kind(parsed(text)) is PageKind.ERROR


@pytest.mark.parametrize("text", COOKIE)
def test_a_request_for_consent_is_known_in_many_languages(text: str) -> None:
    assert page_kind(parsed(text)) is PageKind.COOKIE


@pytest.mark.parametrize(("text", "kind"), OTHERS)
def test_a_check_for_robots_and_a_placeholder_are_known(text: str, kind: str) -> None:
    assert page_kind(parsed(text)) == kind


@pytest.mark.parametrize("text", CONTENT)
def test_a_page_about_signing_in_errors_or_cookies_is_content(text: str) -> None:
    assert page_kind(parsed(text)) is PageKind.CONTENT


def test_a_sign_in_page_with_other_text_around_it_is_known_up_to_the_length_of_a_page() -> None:
    around = LOGIN[0] + "\n\n"
    fits = (LONGEST - len(parsed(around + "x").text)) // len(FILLER) - 1
    assert page_kind(parsed(around + FILLER * 8)) is PageKind.LOGIN
    assert page_kind(parsed(around + FILLER * fits)) is PageKind.CONTENT, "the phrases are a small part of it"
    assert page_kind(parsed(around * 30)) is PageKind.CONTENT, "longer than such a page is"


def test_a_page_with_code_is_content_and_its_text_alone_would_not_be() -> None:
    assert page_kind(parsed(ERROR[0])) is PageKind.ERROR
    assert page_kind(parsed(ERROR[0] + "\n\n    GET /missing HTTP/1.1\n")) is PageKind.CONTENT


def test_a_phrase_counts_as_a_whole_only() -> None:
    assert page_kind(parsed("# Login\n\nSign upstream commits. Continue with googlebot.")) is PageKind.CONTENT
