"""The formats of credentials, as data: which vendor's token looks like what.

Each expression begins at a fixed text, repeats possessively, and asks for nothing after a long run, so that it is
linear on any input. ``value`` is the secret part where that is not the whole match.
"""

from dataclasses import asdict, dataclass
from functools import cache

from pointsman.core.hashing import content_id

VERSION = 1
"""Version of the code that applies the rules, here and for numbers; a new one judges every document again."""

WORD = r"(?<![A-Za-z0-9])"
"""Nothing before it that belongs to the same word; ``_`` and ``-`` may stand there (``TOKEN_ghp_…``)."""
RUN = r"(?<![A-Za-z0-9_-])"
"""As ``WORD``, for expressions whose run is followed by something: no ``_`` and ``-`` either."""
END = r"(?![A-Za-z0-9])"


@dataclass(frozen=True, slots=True)
class SecretRule:
    """One format of a credential."""

    kind: str
    """What it is called in a reason."""
    literals: tuple[str, ...]
    """Fixed texts, one of which every match contains."""
    pattern: str
    """Regular expression; in an anchored rule only what follows the literal."""
    near: tuple[str, ...] = ()
    """Words, in lower case, one of which must stand near; empty where the format says enough."""
    mixed: bool = False
    """Whether the value must have a digit and a letter, because words alone have the same format."""
    anchored: bool = False
    """Whether every match begins at a literal and has ``SHORTEST`` characters: only such words are looked at."""


def _prefixed(kind: str, prefixes: str, *, body: str, mixed: bool = False) -> SecretRule:
    """Return the rule for tokens that begin with one of some prefixes, which blanks part."""
    return SecretRule(kind, tuple(prefixes.split()), pattern=f"(?P<value>{body})", mixed=mixed, anchored=True)


BASE62 = "[A-Za-z0-9]"
DASHED = "[A-Za-z0-9_-]"
ASSIGNED = r"[\"'`\s]{0,4}[:=>|,\s]{1,4}[\"'`\s]{0,3}"
"""Between a key and its value, in YAML, JSON, code, shell or a table."""

CODE_HOSTS = (
    _prefixed("GitHub Token", "ghp_ gho_ ghu_ ghs_ ghr_", body=f"{BASE62}{{30,}}+"),
    _prefixed("GitHub Token", "github_pat_", body="[A-Za-z0-9_]{36,}+"),
    _prefixed(
        "GitLab Token",
        "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glsoat- glffct-",
        body=f"{DASHED}{{20,}}+",
        mixed=True,
    ),
    _prefixed("Bitbucket Token", "ATBB", body=f"{BASE62}{{32}}{END}"),
    _prefixed("Atlassian Token", "ATATT3 ATCTT3", body="[A-Za-z0-9_=-]{50,}+"),
    _prefixed("npm Token", "npm_", body=f"{BASE62}{{36,}}+"),
    SecretRule(
        "npm Token",
        ("_auth",),
        r"_auth(?:Token)?[\"']?\s{0,3}=\s{0,3}[\"']?(?P<value>[A-Za-z0-9+/=_-]{20,}+)",
        mixed=True,
    ),
    _prefixed("PyPI Token", "pypi-", body=f"{DASHED}{{40,}}+", mixed=True),
    _prefixed("RubyGems Token", "rubygems_", body="[0-9a-f]{48}"),
    _prefixed("NuGet Token", "oy2", body=f"[a-z0-9]{{43}}{END}", mixed=True),
    _prefixed("crates.io Token", "cio", body=f"{BASE62}{{32}}{END}", mixed=True),
    _prefixed("Docker Token", "dckr_pat_ dckr_oat_", body=f"{DASHED}{{20,}}+"),
    _prefixed("Buildkite Token", "bkua_", body="[0-9a-f]{40}"),
    _prefixed("JFrog Token", "AKCp", body=f"{BASE62}{{60,}}+"),
    _prefixed("JFrog Token", "cmVmdGtuO", body=f"{BASE62}{{50,}}+"),
    _prefixed("Postman Token", "PMAK-", body="[0-9a-f]{24}-[0-9a-f]{34}"),
    _prefixed("Figma Token", "figd_", body=f"{DASHED}{{40,}}+"),
)
"""Code hosting, package registries and tools of developers."""

CLOUDS = (
    _prefixed("AWS Access Key", "AKIA ASIA ABIA ACCA", body=f"[A-Z0-9]{{16}}{END}"),
    SecretRule(
        "AWS Secret Key",
        ("ecret", "ECRET"),
        rf"(?i:secret[_ -]?(?:access[_ -]?)?key){ASSIGNED}(?P<value>[A-Za-z0-9/+]{{40}})(?![A-Za-z0-9/+=])",
        near=("aws", "akia", "asia", "amazon", "accesskey", "access_key", "s3"),
        mixed=True,
    ),
    SecretRule(
        "AWS Secret Key",
        ("AKIA", "ASIA"),
        r"A[KS]IA[A-Z0-9]{16}[^A-Za-z0-9/+]{1,40}(?:[A-Za-z_]{1,30}[^A-Za-z0-9/+]{1,12}){0,3}"
        r"(?P<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        mixed=True,
    ),
    _prefixed("Google API Key", "AIza", body=f"{DASHED}{{35,}}+"),
    _prefixed("Google OAuth Token", "ya29.", body=f"{DASHED}{{20,}}+", mixed=True),
    _prefixed("Google OAuth Secret", "GOCSPX-", body=f"{DASHED}{{24,}}+"),
    _prefixed("Google OAuth Token", "1//0", body=f"{DASHED}{{40,}}+", mixed=True),
    SecretRule(
        "Azure Storage Key",
        ("AccountKey", "SharedAccessKey", "accountkey", "sharedaccesskey", "account_key"),
        r"(?i:AccountKey|SharedAccessKey|account_key)[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?P<value>[A-Za-z0-9+/]{40,}+={0,2})",
        mixed=True,
    ),
    SecretRule(
        "Azure Storage Key",
        ("==",),
        r"(?<![A-Za-z0-9+/=])(?P<value>[A-Za-z0-9+/]{86}==)(?![A-Za-z0-9+/=])",
        near=("azure", "storage", "account", "blob"),
        mixed=True,
    ),
    SecretRule(
        "Azure SAS",
        ("sig=",),
        r"(?<![A-Za-z0-9])sig=(?P<value>[A-Za-z0-9%+/_-]{30,}+)",
        near=("sv=", "se=", "sr=", "ss=", "skn=", "skoid=", "sharedaccesssignature"),
        mixed=True,
    ),
    SecretRule(
        "Azure Client Secret",
        ("Q~",),
        rf"{RUN}(?P<value>[A-Za-z0-9_.~-]{{3}}[0-9]Q~[A-Za-z0-9_.~-]{{31,34}})(?![A-Za-z0-9_.~-])",
    ),
    SecretRule("Azure DevOps Token", ("AZDO",), rf"{WORD}(?P<value>[A-Za-z0-9]{{76}}AZDO[A-Za-z0-9]{{4}}){END}"),
    _prefixed("DigitalOcean Token", "dop_v1_ doo_v1_ dor_v1_", body="[0-9a-f]{64}"),
    SecretRule(
        "Cloudflare Token",
        ("loudflare", "LOUDFLARE", "CF_"),
        rf"(?i:(?:cloudflare|\bCF)[A-Za-z0-9_ -]{{0,20}}(?:token|key|secret)){ASSIGNED}"
        r"(?P<value>[A-Za-z0-9_-]{37,45})(?![A-Za-z0-9_-])",
        mixed=True,
    ),
    SecretRule("Cloudflare Token", ("v1.0-",), rf"{WORD}v1\.0-(?P<value>[0-9a-f]{{24}}-[0-9a-f]{{100,}}+)"),
    _prefixed("Cloudflare Token", "cfut_ cfat_ cfk_", body=f"{BASE62}{{32,}}+"),
    SecretRule(
        "Fastly Token",
        ("astly", "ASTLY"),
        rf"(?i:fastly[A-Za-z0-9_ -]{{0,20}}(?:token|key)){ASSIGNED}(?P<value>[A-Za-z0-9_-]{{32}})(?![A-Za-z0-9_-])",
        mixed=True,
    ),
    _prefixed("Heroku Token", "HRKU-", body="[A-Za-z0-9_-]{36,}+"),
    _prefixed("Fly.io Token", "fo1_", body=f"{DASHED}{{43,}}+"),
    SecretRule("Fly.io Token", ("FlyV1",), rf"{WORD}FlyV1 (?P<value>fm[12]_[A-Za-z0-9+/=,_-]{{40,}}+)"),
    _prefixed("Alibaba Access Key", "LTAI", body=f"{BASE62}{{16,20}}{END}", mixed=True),
    _prefixed("Tencent Access Key", "AKID", body=f"{BASE62}{{32}}{END}", mixed=True),
    _prefixed("Yandex Token", "AQVN", body=f"{DASHED}{{35,}}+"),
    _prefixed("Databricks Token", "dapi", body=f"[0-9a-f]{{32}}(?:-[0-9])?{END}"),
    _prefixed("Vault Token", "hvs. hvb. hvr.", body=f"{DASHED}{{24,}}+"),
    SecretRule(
        "Terraform Token", (".atlasv1.",), rf"{WORD}(?P<value>[A-Za-z0-9]{{14}}\.atlasv1\.[A-Za-z0-9_=-]{{60,}}+)"
    ),
    _prefixed("Pulumi Token", "pul-", body=f"[0-9a-f]{{40}}{END}"),
    _prefixed("Tailscale Key", "tskey-", body="[A-Za-z0-9-]{20,}+", mixed=True),
    _prefixed("Supabase Token", "sbp_", body="[0-9a-f]{40}"),
    _prefixed("Supabase Token", "sb_secret_", body=f"{DASHED}{{20,}}+", mixed=True),
    _prefixed("PlanetScale Token", "pscale_tkn_ pscale_pw_ pscale_oauth_", body="[A-Za-z0-9_.-]{32,}+"),
    SecretRule("Doppler Token", ("dp.",), rf"{WORD}dp\.(?:pt|st|ct|sa|scim|audit)\.(?P<value>[A-Za-z0-9_.-]{{40,}}+)"),
)
"""Clouds, networks and infrastructure."""

MODELS = (
    _prefixed("Hugging Face Token", "hf_", body=f"{BASE62}{{30,}}+"),
    _prefixed("Hugging Face Token", "api_org_", body=f"{BASE62}{{34,}}+"),
    _prefixed("Anthropic Key", "sk-ant-", body=f"{DASHED}{{20,}}+", mixed=True),
    _prefixed("OpenAI Key", "sk-proj- sk-svcacct- sk-admin- sk-None-", body=f"{DASHED}{{20,}}+", mixed=True),
    _prefixed("OpenRouter Key", "sk-or-", body=f"{DASHED}{{32,}}+", mixed=True),
    _prefixed("OpenAI Key", "sk-", body=f"{BASE62}{{32,}}+", mixed=True),
    _prefixed("Replicate Token", "r8_", body=f"{BASE62}{{30,}}+"),
    _prefixed("Groq Key", "gsk_", body=f"{BASE62}{{40,}}+"),
    _prefixed("xAI Key", "xai-", body=f"{BASE62}{{40,}}+"),
    _prefixed("Perplexity Key", "pplx-", body=f"{BASE62}{{40,}}+"),
    _prefixed("Pinecone Key", "pcsk_", body="[A-Za-z0-9_]{40,}+"),
    _prefixed("LangSmith Key", "lsv2_pt_ lsv2_sk_", body="[0-9a-f]{32}_[0-9a-f]{10}"),
    _prefixed("Langfuse Key", "sk-lf-", body="[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    _prefixed("NVIDIA Key", "nvapi-", body=f"{DASHED}{{40,}}+", mixed=True),
)
"""Model providers."""

MESSAGES = (
    _prefixed(
        "Slack Token",
        "xoxa- xoxb- xoxe- xoxp- xoxr- xoxs- xoxc- xoxd- xoxe.xoxb- xoxe.xoxp-",
        body="[A-Za-z0-9%-]{16,}+",
        mixed=True,
    ),
    _prefixed("Slack Token", "xapp-", body="[0-9A-Za-z-]{20,}+", mixed=True),
    SecretRule(
        "Slack Token",
        ("hooks.slack.com",),
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<value>[A-Za-z0-9/_+-]{20,}+)",
    ),
    SecretRule(
        "Discord Webhook",
        ("/api/webhooks/",),
        r"discord(?:app)?\.com/api/webhooks/(?P<value>\d{17,20}/[A-Za-z0-9_-]{60,}+)",
    ),
    SecretRule(
        "Discord Bot Token",
        (".",),
        r"(?P<value>[MNO](?<![A-Za-z0-9_.-].)[A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40})(?![A-Za-z0-9_-])",
        mixed=True,
    ),
    SecretRule(
        "Telegram Bot Token", (":AA",), r"(?<![0-9])(?P<value>[0-9]{8,10}:AA[A-Za-z0-9_-]{32,34})(?![A-Za-z0-9_-])"
    ),
    _prefixed("SendGrid Key", "SG.", body=r"[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,}+", mixed=True),
    _prefixed("Mailgun Key", "key-", body=f"[0-9a-f]{{32}}{END}"),
    SecretRule("Mailchimp Key", ("-us",), rf"{WORD}(?P<value>[0-9a-f]{{32}}-us[0-9]{{1,2}}){END}"),
    _prefixed("Brevo Key", "xkeysib-", body="[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    _prefixed("Twilio Key", "SK", body=f"[0-9a-f]{{32}}{END}"),
    SecretRule(
        "Twilio Key",
        ("oken", "OKEN"),
        rf"(?i:auth[_ -]?token){ASSIGNED}(?P<value>[0-9a-f]{{32}}){END}",
        near=("twilio",),
    ),
)
"""Chat, mail and telephone."""

BUSINESS = (
    _prefixed("Stripe Key", "sk_live_ rk_live_", body=f"{BASE62}{{16,}}+"),
    _prefixed("Stripe Key", "whsec_", body="[A-Za-z0-9+/=]{24,}+", mixed=True),
    _prefixed("Square Token", "sq0csp- sq0atp-", body=f"{DASHED}{{22,}}+"),
    _prefixed("Square Token", "EAAA", body=f"{DASHED}{{60,}}+", mixed=True),
    _prefixed("Shopify Token", "shpat_ shpca_ shppa_ shpss_", body="[0-9a-fA-F]{32}"),
    _prefixed("Linear Key", "lin_api_ lin_oauth_", body=f"{BASE62}{{32,}}+"),
    _prefixed("Notion Token", "ntn_", body=f"{BASE62}{{40,}}+"),
    _prefixed("Notion Token", "secret_", body=f"{BASE62}{{43}}{END}", mixed=True),
    _prefixed("Airtable Token", "pat", body=rf"{BASE62}{{14}}\.[0-9a-f]{{64}}"),
    _prefixed("HubSpot Token", "pat-na1- pat-eu1- pat-na2-", body="[0-9a-f]{8}-[0-9a-f-]{27}"),
    _prefixed("Contentful Token", "CFPAT-", body=f"{DASHED}{{40,}}+"),
    _prefixed("Typeform Token", "tfp_", body="[A-Za-z0-9_.=-]{40,}+"),
    _prefixed("Dropbox Token", "sl.", body=f"{DASHED}{{120,}}+"),
    _prefixed("Facebook Token", "EAACEdEose0cBA", body=f"{BASE62}{{20,}}+"),
    _prefixed("EasyPost Key", "EZAK EZTK", body=f"{BASE62}{{54}}{END}"),
)
"""Payments, shops and office."""

WATCHES = (
    _prefixed("Grafana Token", "glsa_", body="[A-Za-z0-9]{32}_[0-9a-fA-F]{8}"),
    _prefixed("Grafana Token", "glc_", body="[A-Za-z0-9+/=]{32,}+", mixed=True),
    _prefixed("Grafana Token", "eyJrIjoi", body="[A-Za-z0-9+/=_-]{40,}+"),
    _prefixed("New Relic Key", "NRAK-", body="[A-Z0-9]{27}"),
    _prefixed("Sentry Token", "sntrys_", body="[A-Za-z0-9=_+/-]{50,}+"),
    _prefixed("Sentry Token", "sntryu_", body="[0-9a-f]{64}"),
    _prefixed("PostHog Key", "phx_", body="[A-Za-z0-9_]{32,}+"),
    _prefixed("Prefect Key", "pnu_ pnb_", body=f"{BASE62}{{36}}{END}"),
    _prefixed("Adafruit Key", "aio_", body=f"{BASE62}{{28}}{END}"),
    _prefixed("age Secret Key", "AGE-SECRET-KEY-1", body="[0-9A-Z]{50,}+"),
)
"""Monitoring, and what fits nowhere else."""

SHORTEST = 20
"""Characters of the shortest token of an anchored rule, its prefix included: an AWS access key."""

RULES = (*CODE_HOSTS, *CLOUDS, *MODELS, *MESSAGES, *BUSINESS, *WATCHES)
"""Every format. Stripe's test keys (``sk_test_``) move no money and are made to be shown: they are not searched."""

JWT = rf"{RUN}(?P<value>eyJ[A-Za-z0-9_-]{{8,}}+\.eyJ[A-Za-z0-9_-]{{8,}}+\.[A-Za-z0-9_-]{{16,}}+)"
"""A signed JSON Web Token: header, payload, signature."""

URL_LOGIN = (
    r"://(?P<user>[^\s:/@?#\"'<>`|\[\](){}]{0,80}+):(?P<value>[^\s/@\"'<>`|]{2,120}+)@(?P<host>[A-Za-z0-9._-]{1,255}+)"
)
"""A password in a URL: ``postgres://user:password@host``."""

PRIVATE_KEY = r"-{2,5}\s?BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?\s?-{2,5}"
"""The first line of a private key: PKCS #1, PKCS #8, EC, OpenSSH, encrypted, PGP."""
PUTTY_KEY = r"PuTTY-User-Key-File-[0-9]"


@cache
def rules_id() -> str:
    """Return the id of the rules. When it changes, every document is opened and judged again."""
    return content_id([VERSION, [asdict(rule) for rule in RULES], JWT, URL_LOGIN, PRIVATE_KEY])
