from __future__ import annotations

import json
import urllib.error
import urllib.request

import jwt
import pytest

from local.oidc import LocalOidc


@pytest.fixture(scope="module")
def provider():
    with LocalOidc() as running:
        yield running


def verify(provider, token, **other):
    key = jwt.PyJWKClient(provider.jwks_url).get_signing_key_from_jwt(token)
    wanted = {"issuer": provider.issuer, "audience": provider.audience} | other
    return jwt.decode(token, key.key, algorithms=["RS256"], **wanted)


def test_who_knows_the_issuer_finds_its_key_and_believes_its_tokens(provider):
    asked = provider.issuer + "/.well-known/openid-configuration"
    with urllib.request.urlopen(asked) as answer:
        discovery = json.load(answer)
    assert discovery["issuer"] == provider.issuer
    assert discovery["jwks_uri"] == provider.jwks_url
    claims = verify(provider, provider.issue("operator-1", "operator@example.org"))
    assert (claims["sub"], claims["email"]) == ("operator-1", "operator@example.org")


def test_a_token_of_another_provider_is_not_believed(provider):
    with LocalOidc() as other:
        forged = other.issue("operator-1", "operator@example.org")
    with pytest.raises(jwt.PyJWKClientError):
        verify(provider, forged)


def test_a_token_runs_out(provider):
    token = provider.issue("operator-1", "operator@example.org", lifetime_s=-1)
    with pytest.raises(jwt.ExpiredSignatureError):
        verify(provider, token)


def test_a_token_for_another_audience_is_not_taken(provider):
    token = provider.issue("operator-1", "operator@example.org")
    with pytest.raises(jwt.InvalidAudienceError):
        verify(provider, token, audience="another")


def test_what_it_serves_holds_no_private_number(provider):
    (key,) = provider.documents()["/keys"]["keys"]
    assert key.keys() == {"kty", "use", "alg", "kid", "n", "e"}


def test_it_serves_nothing_else(provider):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(provider.issuer + "/private")


def test_a_stopped_provider_answers_no_more():
    with LocalOidc() as provider:
        url = provider.jwks_url
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=1)
