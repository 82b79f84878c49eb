"""Every format of a credential is found, and nothing that only looks like one. No file holds a credential: all are
drawn here."""

import time

import pytest

from pointsman.adapters.validation.findings import AT_MOST
from pointsman.adapters.validation.secrets import find_secrets, secrets_in
from pointsman.adapters.validation.sensitive.secret_rules import RULES
from tests.adapters.validation.credentials import drawn

FORMATS = {
    "GitHub Token": ["ghp_[B36]", "gho_[B36]", "ghu_[B36]", "ghs_[B36]", "ghr_[B36]", "github_pat_[B22]_[B59]"],
    "GitLab Token": ["glpat-[B20]", "gldt-[B20]", "glrt-[B20]", "glptt-[H40]", "glpat-[B27].01.[B9]"],
    "Bitbucket Token": ["ATBB[B32]"],
    "Atlassian Token": ["ATATT3xFfGF0[B180]=[B8]"],
    "npm Token": ["npm_[B36]", "//registry.npmjs.org/:_authToken=[H8]-[H4]-[H4]-[H4]-[H12]"],
    "PyPI Token": ["pypi-AgEIcHlwaS5vcmc[B90]"],
    "RubyGems Token": ["rubygems_[H48]"],
    "NuGet Token": ["oy2[L43]"],
    "crates.io Token": ["cio[B32]"],
    "Docker Token": ["dckr_pat_[B27]"],
    "Buildkite Token": ["bkua_[H40]"],
    "JFrog Token": ["AKCp[B69]", "cmVmdGtuO[B55]"],
    "Postman Token": ["PMAK-[H24]-[H34]"],
    "Figma Token": ["figd_[B40]"],
    "AWS Access Key": ["AKIA[U16]", "ASIA[U16]"],
    "AWS Secret Key": ["aws_secret_access_key = [S40]", '"SecretAccessKey": "[S40]"', "AWS_SECRET_ACCESS_KEY=[S40]"],
    "Google API Key": ["AIzaSy[B33]"],
    "Google OAuth Token": ["ya29.[B60]", "1//0[B44]"],
    "Google OAuth Secret": ["GOCSPX-[B28]"],
    "Azure Storage Key": ["DefaultEndpointsProtocol=https;AccountName=q;AccountKey=[S86]==", "storage key [S86]=="],
    "Azure SAS": ["?sv=2024-11-04&ss=b&srt=sco&sp=r&se=2027-01-01T00:00:00Z&sig=[B20]%2B[B20]%3D"],
    "Azure Client Secret": ["[B3]8Q~[B34]"],
    "Azure DevOps Token": ["[B76]AZDO[B4]"],
    "DigitalOcean Token": ["dop_v1_[H64]"],
    "Cloudflare Token": ["CLOUDFLARE_API_TOKEN=[B40]", "v1.0-[H24]-[H146]"],
    "Fastly Token": ["FASTLY_API_TOKEN: [B32]"],
    "Heroku Token": ["HRKU-[H8]-[H4]-[H4]-[H4]-[H12]"],
    "Fly.io Token": ["fo1_[B43]", "FlyV1 fm2_[S80]"],
    "Alibaba Access Key": ["LTAI[B20]"],
    "Tencent Access Key": ["AKID[B32]"],
    "Yandex Token": ["AQVN[B36]"],
    "Databricks Token": ["dapi[H32]", "dapi[H32]-2"],
    "Vault Token": ["hvs.[B24]", "hvb.[B100]"],
    "Terraform Token": ["[B14].atlasv1.[B67]"],
    "Pulumi Token": ["pul-[H40]"],
    "Tailscale Key": ["tskey-auth-[B12]-[B32]"],
    "Supabase Token": ["sbp_[H40]", "sb_secret_[B31]"],
    "PlanetScale Token": ["pscale_tkn_[B43]"],
    "Doppler Token": ["dp.pt.[B43]"],
    "Hugging Face Token": ["hf_[B34]"],
    "Anthropic Key": ["sk-ant-api03-[B93]-[B6]AA"],
    "OpenAI Key": ["sk-[B20]T3BlbkFJ[B20]", "sk-proj-[B74]T3BlbkFJ[B74]", "sk-svcacct-[B60]"],
    "OpenRouter Key": ["sk-or-v1-[H64]"],
    "Replicate Token": ["r8_[B37]"],
    "Groq Key": ["gsk_[B52]"],
    "xAI Key": ["xai-[B80]"],
    "Perplexity Key": ["pplx-[B48]"],
    "Pinecone Key": ["pcsk_[B6]_[B62]"],
    "LangSmith Key": ["lsv2_pt_[H32]_[H10]"],
    "Langfuse Key": ["sk-lf-[H8]-[H4]-[H4]-[H4]-[H12]"],
    "NVIDIA Key": ["nvapi-[B64]"],
    "Slack Token": [
        "xoxb-[D12]-[D13]-[B24]",
        "xoxp-[D12]-[D12]-[D12]-[H32]",
        "xapp-1-A[U10]-[D13]-[H64]",
        "https://hooks.slack.com/services/T[U8]/B[U10]/[B24]",
    ],
    "Discord Webhook": ["https://discord.com/api/webhooks/[D18]/[B68]"],
    "Discord Bot Token": ["MT[B22].G[B5].[B38]"],
    "Telegram Bot Token": ["[D10]:AA[B33]"],
    "SendGrid Key": ["SG.[B22].[B43]"],
    "Mailgun Key": ["key-[H32]"],
    "Mailchimp Key": ["[H32]-us12"],
    "Brevo Key": ["xkeysib-[H64]-[B16]"],
    "Twilio Key": ["SK[H32]", "twilio auth_token = [H32]"],
    "Stripe Key": ["sk_live_[B24]", "rk_live_[B99]", "whsec_[B32]"],
    "Square Token": ["sq0csp-[B43]", "EAAA[B60]"],
    "Shopify Token": ["shpat_[H32]", "shpss_[H32]"],
    "Linear Key": ["lin_api_[B40]"],
    "Notion Token": ["ntn_[B46]", "secret_[B43]"],
    "Airtable Token": ["pat[B14].[H64]"],
    "HubSpot Token": ["pat-na1-[H8]-[H4]-[H4]-[H4]-[H12]"],
    "Contentful Token": ["CFPAT-[B43]"],
    "Typeform Token": ["tfp_[B44]"],
    "Dropbox Token": ["sl.[B140]"],
    "Facebook Token": ["EAACEdEose0cBA[B60]"],
    "EasyPost Key": ["EZAK[B54]"],
    "Grafana Token": ["glsa_[B32]_[H8]", "glc_[B60]", "eyJrIjoi[B60]"],
    "New Relic Key": ["NRAK-[U27]"],
    "Sentry Token": ["sntrys_[B80]", "sntryu_[H64]"],
    "PostHog Key": ["phx_[B44]"],
    "Prefect Key": ["pnu_[B36]"],
    "Adafruit Key": ["aio_[B28]"],
    "age Secret Key": ["AGE-SECRET-KEY-1[U58]"],
}
EACH = [(kind, template) for kind, templates in FORMATS.items() for template in templates]


@pytest.mark.parametrize(("kind", "template"), EACH, ids=[template[:30] for _, template in EACH])
def test_every_format_is_found_and_named_by_kind_and_line(kind: str, template: str) -> None:
    for seed in range(5):
        token = drawn(template, seed)
        for text in (f"a\n\nkey: {token}\n", f'a\n\nx="{token}",\n', f"a\n\n({token})\n", f"a\n\nexport MY_{token}\n"):
            if text.startswith("a\n\nexport") and not any(r.anchored and r.kind == kind for r in RULES):
                continue
            assert f"{kind} (line 3)" in find_secrets(text), text


def test_every_rule_has_a_sample() -> None:
    assert {rule.kind for rule in RULES} == set(FORMATS)


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AKIAXXXXXXXXXXXXXXXX",
        "AKIA0000000000000000",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ghp_your_token_here",
        "ghp_yourPersonalAccessTokenGoesRightHere123",
        "ghp_****",
        "sk-...",
        "sk-ant-…",
        "hf_...",
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "sk-<your-key>",
        "export OPENAI_API_KEY=$OPENAI_API_KEY",
        "glpat-XXXXXXXXXXXXXXXXXXXX",
        "npm_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE1",
        "dapi00000000000000000000000000000000",
        "xoxb-not-a-real-token-at-all",
        "AIzaSyEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMP",
        "shpat_ffffffffffffffffffffffffffffffff",
        "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-your-openai-api-key-goes-here",
        "sk_test_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "_authToken=${NPM_TOKEN}",
        "hvs.EXAMPLEEXAMPLEEXAMPLEEXAMPLE",
        "SG.xxxxx.yyyyy",
        "A token looks like ghp_1234567890abcdefghijklmnopqrstuvwxyz in the manual.",
        "sk-folding-cube-animation-of-the-page",
        "For example: sk-1234567890abcdef1234567890abcdef",
        "//registry.npmjs.org/:_authToken=YOUR_TOKEN_GOES_HERE_1",
        "pip install pypi-some-very-long-package-name-that-is-no-token-at-all-really",
        "0x" + "ab" * 32,
        "c3ab8ff13720e8ad9047",
        "sha512-" + "Qx9/" * 20 + "==",
        "SECRET_KEY='192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf'",
    ],
)
def test_what_documentation_shows_is_no_credential(text: str) -> None:
    assert find_secrets(f"# Keys\n\n{text}\n") == []


def test_a_made_up_value_counts_where_nothing_says_that_it_is_an_example() -> None:
    value = "ghp_1234567890abcdefghijklmnopqrstuvwxyz"
    assert find_secrets(f"token = {value}") == ["GitHub Token (line 1)"]
    assert find_secrets(f"A token looks like this: {value}") == []
    assert find_secrets(f"mail jane@example.com the token {value}") == ["GitHub Token (line 1)"]
    assert find_secrets(f"For example: {drawn('ghp_[B36]')}") == ["GitHub Token (line 1)"]


def test_a_real_key_beside_an_example_is_found() -> None:
    aws, github = drawn("AKIA[U16]"), drawn("ghp_[B36]")
    text = f"The example is AKIAIOSFODNN7EXAMPLE, ours is {aws}.\n\nNot ghp_xxxx but {github}.\n"
    assert find_secrets(text) == ["AWS Access Key (line 1)", "GitHub Token (line 3)"]
    beside = f"AKIAIOSFODNN7EXAMPLE\nsecret: {drawn('[S40]')}\n"
    assert find_secrets(beside) == ["AWS Secret Key (line 1)"]


BODY = "\n".join(drawn("[S64]", n) for n in range(6))
KINDS_OF_KEY = ("RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", "")


@pytest.mark.parametrize("kind", KINDS_OF_KEY)
def test_a_private_key_is_found_in_every_frame(kind: str) -> None:
    frame = f"-----BEGIN {kind}PRIVATE KEY-----", f"-----END {kind}PRIVATE KEY-----"
    key = f"{frame[0]}\n{BODY}\n{frame[1]}"
    one_line = key.replace("\n", "\\n")
    for text in (key, key.replace("\n", "\n    "), f'"private_key": "{one_line}"', key.replace("\n", " "), frame[0]):
        assert find_secrets(f"a\n\n{text}\n") == ["Private Key (line 3)"]
    headed = f"{frame[0]}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00A1\n\n{BODY}\n{frame[1]}"
    assert find_secrets(headed) == ["Private Key (line 1)"]


def test_pgp_and_putty_keys_are_found() -> None:
    pgp = f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n{BODY}\n-----END PGP PRIVATE KEY BLOCK-----"
    putty = f"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 6\n{BODY}\nPrivate-MAC: 0\n"
    assert find_secrets(pgp) == ["Private Key (line 1)"]
    assert find_secrets(putty) == ["Private Key (line 1)"]


@pytest.mark.parametrize(
    "body", ["...", "…", "<your key>", "xxxx", "", "MIIEpAIBAAKCAQEA...", "[snip]", "# the key", "XXXX\\nXXXX\\n"]
)
def test_a_frame_without_a_key_is_an_example(body: str) -> None:
    assert find_secrets(f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n") == []


def test_a_frame_that_is_only_named_is_no_key() -> None:
    assert find_secrets("The file begins with `-----BEGIN PRIVATE KEY-----` and a line break.\n") == []
    first = drawn("[S64]")
    assert find_secrets(f"-----BEGIN PRIVATE KEY-----\n{first}\n...\n-----END PRIVATE KEY-----\n") == []


JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{}.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"


def test_a_token_of_a_person_is_found_and_that_of_john_doe_is_not() -> None:
    jwt_io = "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
    marta = "eyJzdWIiOiJtYXJ0YS5va29uam8iLCJyb2xlIjoiYWRtaW4iLCJpYXQiOjE3NjAwMDAwMDB9"
    assert find_secrets(JWT.format(jwt_io)) == []
    assert find_secrets(f"Bearer {JWT.format(marta)}") == ["JSON Web Token (line 1)"]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgres://app:Tr0ub4dor@db.corp.net:5432/x", True),
        ("https://bob:sturmvogel@git.corp.net/x.git", True),
        ("redis://:8f3kQz91@cache.corp.net:6379/0", True),
        ("amqp://app:k8Zq2mPw@rabbitmq/", True),
        ("postgresql://user:password@localhost/db", False),
        ("amqp://myuser:mypassword@localhost:5672/myvhost", False),
        ("mysql://scott:tiger@localhost/foo", False),
        ("redis://:password@hostname:6379/0", False),
        ("https://user:$TOKEN@github.com/x", False),
        ("https://name:xxxx@host.com", False),
        ("https://a.b/c:d@e", False),
        ("http://username:p4ssw0rd@proxy.corp.net", False),
        ("postgres://app:app@db/app", False),
        ("https://h:8080/a@b", False),
    ],
)
def test_a_password_in_a_url_is_found_unless_it_is_invented(url: str, found: bool) -> None:
    assert find_secrets(f"Use {url} here.") == (["Password in a URL (line 1)"] if found else [])


@pytest.mark.parametrize("written", ["\u200b", "\u00ad", "\u2060", "\ufeff"])
def test_characters_that_nobody_sees_hide_nothing(written: str) -> None:
    token = drawn("AKIA[U16]")
    assert find_secrets(f"{token[:7]}{written}{token[7:]}") == ["AWS Access Key (line 1)"]


def test_five_megabytes_of_beginnings_take_no_longer_than_two_seconds() -> None:
    size = 5_000_000
    units = [" " + literal for rule in RULES[::9] for literal in rule.literals[:1]]
    units += ["-----BEGIN PRIVATE KEY-----\n", "://a:b@", "eyJ", " eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJxIn0."]
    for unit in units:
        text = (unit * (size // len(unit) + 1))[:size]
        began = time.process_time()
        for number, _ in enumerate(secrets_in(text)):
            if number == AT_MOST:
                break
        assert time.process_time() - began < 4, unit
