"""Signature Version 4 as the emulator checks it, against boto3's own signer and against hand-made wrong requests."""

import datetime
import hashlib
import json
import http.client
import re
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from botocore.exceptions import ClientError

import signatures
from local_emulator import ACCESS_KEY, SECRET_KEY

KEYS = [
    "videos/plain.mp4",
    "videos/a b.mp4",
    "videos/a+b.mp4",
    "videos/100%.mp4",
    "videos/a%2Fb.mp4",
    "videos/a=b&c=d.mp4",
    "videos/what?.mp4",
    "videos/#1.mp4",
    "videos/it's (1).mp4",
    "videos/영상.mp4",
    "videos//double.mp4",
    "videos/./dot/../dots.mp4",
    "videos/~tilde_-.mp4",
]


def send(endpoint, method, target, headers, body=b""):
    """The request exactly as given: no client library that would tidy the target."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(endpoint).netloc, timeout=60)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def sign(endpoint, method, path, service="s3", body=b"", headers=None, moment=None, key=SECRET_KEY):
    """Headers for the request, by a signer that shares no code with the one that checks them."""
    moment = moment or datetime.datetime.now(datetime.timezone.utc)
    time, date = f"{moment:%Y%m%dT%H%M%SZ}", f"{moment:%Y%m%d}"
    headers = {"host": urllib.parse.urlsplit(endpoint).netloc, "x-amz-date": time, **(headers or {})}
    if service == "s3":
        headers["x-amz-content-sha256"] = hashlib.sha256(body).hexdigest()
    if body:
        headers["content-length"] = str(len(body))
    request = botocore.awsrequest.AWSRequest(method, endpoint + path, data=body, headers=headers)
    request.context["timestamp"] = time
    signer = {"s3": botocore.auth.S3SigV4Auth}.get(service, botocore.auth.SigV4Auth)(
        botocore.credentials.Credentials(ACCESS_KEY, key), service, "us-east-1"
    )
    canonical = "\n".join(
        [
            method,
            path,
            "",
            *(f"{name}:{headers[name].strip()}" for name in sorted(headers)),
            "",
            ";".join(sorted(headers)),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    scope = f"{ACCESS_KEY}/{date}/us-east-1/{service}/aws4_request"
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={scope},SignedHeaders={';'.join(sorted(headers))},Signature={signature}"
    )
    return headers


def code(body):
    found = re.search("<Code>(.*?)</Code>", body)
    return found.group(1) if found else json.loads(body)["__type"]


@pytest.mark.parametrize("key", KEYS)
def test_awkward_keys_go_through_with_headers(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"]] == [key]


@pytest.mark.parametrize("key", KEYS)
def test_awkward_keys_go_through_presigned(endpoint, s3, bucket, key):
    def call(operation, method, body=b""):
        url = s3.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": key}, ExpiresIn=60)
        parts = urllib.parse.urlsplit(url)
        headers = {"host": parts.netloc, "content-length": str(len(body))}
        return send(endpoint, method, f"{parts.path}?{parts.query}", headers, body)

    assert call("put_object", "PUT", b"presigned")[0] == 200
    assert call("get_object", "GET") == (200, "presigned")
    assert call("get_object", "PUT", b"other")[0] == 403


def test_the_hand_made_request_is_good_before_it_is_spoiled(endpoint, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"body")
    path = f"/{bucket}/a"
    assert send(endpoint, "GET", path, sign(endpoint, "GET", path)) == (200, "body")


def test_a_request_without_signature_is_refused(endpoint, bucket):
    status, body = send(endpoint, "GET", f"/{bucket}/a", {"host": "localhost"})
    assert (status, code(body)) == (403, "AccessDenied")


def test_a_wrong_secret_is_refused_everywhere(client, bucket):
    for service, call, expected in [
        ("s3", lambda c: c.list_objects_v2(Bucket=bucket), "SignatureDoesNotMatch"),
        ("sqs", lambda c: c.list_queues(), "InvalidSignatureException"),
        ("secretsmanager", lambda c: c.list_secrets(), "InvalidSignatureException"),
        ("sts", lambda c: c.get_caller_identity(), "SignatureDoesNotMatch"),
    ]:
        with pytest.raises(ClientError) as error:
            call(client(service, secret_key="wrong"))
        assert error.value.response["Error"]["Code"] == expected


def test_an_unknown_key_is_refused_everywhere(client, bucket):
    for service, call, expected in [
        ("s3", lambda c: c.list_objects_v2(Bucket=bucket), "InvalidAccessKeyId"),
        ("sqs", lambda c: c.list_queues(), "UnrecognizedClientException"),
        ("secretsmanager", lambda c: c.list_secrets(), "UnrecognizedClientException"),
        ("sts", lambda c: c.get_caller_identity(), "InvalidClientTokenId"),
    ]:
        with pytest.raises(ClientError) as error:
            call(client(service, access_key="AKIAUNKNOWN000000000"))
        assert error.value.response["Error"]["Code"] == expected


@pytest.mark.parametrize(
    "access_key, secret, token, expected",
    [
        ("ASIAFRAMELAKELOCAL00", "local-temporary-secret", "local/session+token==", None),
        ("ASIAFRAMELAKELOCAL00", "local-temporary-secret", "another", "InvalidToken"),
        ("ASIAFRAMELAKELOCAL00", "local-temporary-secret", None, "InvalidToken"),
        ("ASIAFRAMELAKEEXPIRED", "local-expired-secret", "local/expired+token==", "ExpiredToken"),
    ],
)
def test_session_tokens_are_checked(endpoint, client, s3, bucket, access_key, secret, token, expected):
    s3.put_object(Bucket=bucket, Key="a", Body=b"body")
    other = client("s3", signature_version="s3v4", access_key=access_key, secret_key=secret, token=token)
    if expected is None:
        assert other.get_object(Bucket=bucket, Key="a")["Body"].read() == b"body"
    else:
        with pytest.raises(ClientError) as error:
            other.get_object(Bucket=bucket, Key="a")
        assert error.value.response["Error"]["Code"] == expected
    url = urllib.parse.urlsplit(other.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a"}))
    status, _ = send(endpoint, "GET", f"{url.path}?{url.query}", {"host": url.netloc})
    assert (status == 200) == (expected is None)


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_wrong_is_told(endpoint, bucket, minutes):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    status, body = send(endpoint, "GET", f"/{bucket}", sign(endpoint, "GET", f"/{bucket}", moment=moment))
    assert (status, code(body)) == (403, "RequestTimeTooSkewed")
    headers = sign(
        endpoint,
        "POST",
        "/",
        "sqs",
        b"{}",
        {"x-amz-target": "AmazonSQS.ListQueues", "content-type": "application/x-amz-json-1.0"},
        moment,
    )
    status, body = send(endpoint, "POST", "/", headers, b"{}")
    assert (status, code(body)) == (403, "com.amazon.coral.service#InvalidSignatureException")
    assert ("Signature expired" if minutes < 0 else "Signature not yet current") in json.loads(body)["message"]


def test_a_body_other_than_the_signed_one_is_refused(endpoint, bucket):
    path = f"/{bucket}/a"
    headers = sign(endpoint, "PUT", path, body=b"right")
    status, body = send(endpoint, "PUT", path, headers, b"wrong")
    assert (status, code(body)) == (400, "XAmzContentSHA256Mismatch")


def test_a_header_that_was_not_signed_is_refused(endpoint, bucket):
    path = f"/{bucket}/a"
    headers = sign(endpoint, "PUT", path, body=b"body") | {"x-amz-meta-owner": "somebody"}
    status, body = send(endpoint, "PUT", path, headers, b"body")
    assert (status, code(body)) == (403, "AccessDenied")
    assert "x-amz-meta-owner" in body


def test_metadata_names_may_hold_underscores(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"", Metadata={"the_owner": "x"})
    assert s3.head_object(Bucket=bucket, Key="a")["Metadata"]["the_owner"] == "x"


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"X-Amz-Expires": "604801"}, "AuthorizationQueryParametersError"),
        ({"X-Amz-Expires": "soon"}, "AuthorizationQueryParametersError"),
        ({"X-Amz-Date": "20200101T000000Z"}, "AccessDenied"),
        ({"X-Amz-Credential": "nonsense"}, "AuthorizationQueryParametersError"),
        ({"X-Amz-Signature": "0" * 64}, "SignatureDoesNotMatch"),
        ({"response-content-type": "text/html"}, "SignatureDoesNotMatch"),
    ],
)
def test_spoiled_presigned_urls_are_refused(endpoint, s3, bucket, change, expected):
    url = urllib.parse.urlsplit(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a"}))
    query = urllib.parse.urlencode(dict(urllib.parse.parse_qsl(url.query)) | change)
    _, body = send(endpoint, "GET", f"{url.path}?{query}", {"host": url.netloc})
    assert code(body) == expected


def test_the_canonical_forms_of_the_specification():
    assert signatures.canonical_path("/a%2Fb/c%20d/é", "s3") == "/a/b/c%20d/%C3%A9"
    assert signatures.canonical_path("/a/./b/../c//d%20e/", "execute-api") == "/a/c/d%2520e/"
    assert signatures.canonical_query(signatures.query_pairs("b=2&a=%2F&a=&c")) == "a=&a=%2F&b=2&c="
    # The example of the documentation of Signature Version 4.
    key = signatures.signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
