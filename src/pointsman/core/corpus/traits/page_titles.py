"""What a server's pages that are no content are called, and the labels of a form to sign in, in lower case."""

# ruff: noqa: RUF001 - other languages have letters that look like Latin ones

from collections.abc import Mapping

from pointsman.core.corpus.traits.page_phrases import BLOCKED, COOKIE, ERROR, LOGIN, PLACEHOLDER

TITLES: Mapping[str, tuple[str, ...]] = {
    LOGIN: (
        "sign in", "signin", "sign-in", "log in", "login", "log-in", "please sign in", "please log in",
        "single sign-on", "session expired", "authentication required", "anmelden", "anmeldung", "einloggen",
        "bitte anmelden", "connexion", "se connecter", "s'identifier", "identification", "iniciar sesión",
        "inicio de sesión", "acceder", "entrar", "accedi", "accesso", "iniciar sessão", "fazer login", "inloggen",
        "aanmelden", "logga in", "inloggning", "log ind", "logg inn", "innlogging", "zaloguj się", "logowanie",
        "přihlášení", "přihlásit se", "вход", "войти", "авторизация", "вхід", "увійти", "giriş", "giriş yap",
        "oturum aç", "登录", "登入", "用户登录", "ログイン", "サインイン", "로그인",
    ),
    ERROR: (
        "404", "404 not found", "404 page not found", "error 404", "404 error", "page not found", "not found",
        "403 forbidden", "forbidden", "403", "access denied", "401 unauthorized", "unauthorized", "400 bad request",
        "bad request", "500", "500 internal server error", "internal server error", "error 500", "server error",
        "502 bad gateway", "bad gateway", "503 service unavailable", "503 service temporarily unavailable",
        "service unavailable", "504 gateway timeout", "504 gateway time-out", "gateway timeout",
        "429 too many requests", "too many requests", "410 gone", "oops", "oops!", "error", "application error",
        "something went wrong", "maintenance", "site maintenance", "under maintenance", "seite nicht gefunden",
        "fehler", "fehler 404", "zugriff verweigert", "wartungsarbeiten", "page introuvable", "page non trouvée",
        "erreur", "erreur 404", "accès refusé", "página no encontrada", "acceso denegado", "pagina non trovata",
        "errore", "errore 404", "accesso negato", "página não encontrada", "erro", "erro 404", "acesso negado",
        "pagina niet gevonden", "fout 404", "toegang geweigerd", "sidan hittades inte", "sidan kunde inte hittas",
        "siden blev ikke fundet", "siden ble ikke funnet", "nie znaleziono strony", "strona nie znaleziona",
        "błąd 404", "stránka nenalezena", "chyba 404", "страница не найдена", "ошибка", "ошибка 404",
        "доступ запрещен", "доступ запрещён", "сторінку не знайдено", "помилка 404", "sayfa bulunamadı", "hata 404",
        "页面不存在", "页面未找到", "找不到页面", "错误", "ページが見つかりません", "エラー",
        "페이지를 찾을 수 없습니다", "오류",
    ),
    COOKIE: (
        "we value your privacy", "your privacy", "cookies", "cookie consent", "this site uses cookies",
        "we use cookies", "before you continue", "cookie-einstellungen", "datenschutz-einstellungen",
        "privatsphäre-einstellungen", "gestion des cookies", "votre vie privée", "aviso de cookies",
        "configuración de cookies", "informativa cookie", "cookie-instellingen", "pliki cookie", "nastavení cookies",
        "файлы cookie", "çerez tercihleri", "cookie 设置", "クッキーについて", "쿠키 설정",
    ),
    BLOCKED: (
        "just a moment", "attention required", "are you a robot?", "security check", "captcha",
        "checking your browser", "access denied", "javascript required", "enable javascript", "sicherheitsprüfung",
        "安全验证",
    ),
    PLACEHOLDER: (
        "coming soon", "under construction", "welcome to nginx", "it works", "apache2 ubuntu default page",
        "apache2 debian default page", "domain for sale", "lorem ipsum", "account suspended", "site not found",
    ),
}  # fmt: skip
"""Kind of page → its titles."""

LABELS: Mapping[str, tuple[str, ...]] = {
    LOGIN: (
        "password", "username", "user name", "e-mail", "email", "email address", "log in", "login", "sign in",
        "continue", "passwort", "kennwort", "benutzername", "anmelden", "mot de passe", "nom d'utilisateur",
        "se connecter", "contraseña", "usuario", "iniciar sesión", "nome utente", "accedi", "senha", "usuário",
        "entrar", "wachtwoord", "gebruikersnaam", "inloggen", "lösenord", "användarnamn", "logga in", "adgangskode",
        "brugernavn", "passord", "brukernavn", "hasło", "nazwa użytkownika", "zaloguj", "heslo", "uživatelské jméno",
        "přihlásit", "пароль", "логин", "войти", "имя пользователя", "увійти", "parola", "şifre", "kullanıcı adı",
        "giriş yap", "密码", "用户名", "登录", "パスワード", "ユーザー名", "ログイン", "비밀번호", "아이디",
        "로그인",
    ),
}  # fmt: skip
"""Kind of page → what its fields and buttons are called. A label counts where a block consists of it."""

TITLES_TO: Mapping[str, tuple[str, ...]] = {
    LOGIN: (
        "sign in to ", "log in to ", "login to ", "log into ", "sign into ", "anmelden bei ", "anmeldung bei ",
        "connexion à ", "se connecter à ", "iniciar sesión en ", "accedi a ", "entrar em ", "войти в ", "вход в ",
    ),
}  # fmt: skip
"""Kind of page → how titles begin that go on with the name of a site."""
