"""AWS Signature Version 4, as the services check it: a WSGI layer in front of the emulator.

Works on the request target as it came over the wire, since decoding it once is already too much for keys such as
``a%2Fb`` or ``a+b``. Headers and presigned URLs, session tokens, expiry, clock skew and the body's hash are checked;
what is refused is answered with the code, status and form (XML or JSON) of the service that was called.
"""

import datetime
import hashlib
import hmac
import io
import json
import re
import urllib.parse
import uuid
from dataclasses import dataclass
from xml.sax.saxutils import escape

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
SKEW = datetime.timedelta(minutes=15)
SKEW_OTHERS = datetime.timedelta(minutes=5)
LONGEST_PRESIGNED = 7 * 24 * 3600


@dataclass(frozen=True)
class Credential:
    """An access key that the emulator knows; one with a token is accepted only together with it."""

    secret: str
    token: str | None = None
    expired: bool = False


class Refused(Exception):
    """A request that the signature check turns away. ``code`` is S3's; ``FORMS`` has the other services' words."""

    def __init__(self, code, message, status=403, details=None):
        super().__init__(message)
        self.code, self.message, self.status, self.details = code, message, status, details or {}


# What other services call the conditions that S3 names as on the left: (JSON code, query code, status, message).
FORMS = {
    "AccessDenied": (
        "MissingAuthenticationTokenException",
        "MissingAuthenticationToken",
        403,
        "Request is missing Authentication Token",
    ),
    "InvalidAccessKeyId": (
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        403,
        "The security token included in the request is invalid.",
    ),
    "InvalidToken": (
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        403,
        "The security token included in the request is invalid.",
    ),
    "ExpiredToken": (
        "ExpiredTokenException",
        "ExpiredToken",
        403,
        "The security token included in the request is expired",
    ),
    "SignatureDoesNotMatch": ("InvalidSignatureException", "SignatureDoesNotMatch", 403, None),
    "RequestTimeTooSkewed": ("InvalidSignatureException", "SignatureDoesNotMatch", 403, None),
    "AuthorizationHeaderMalformed": ("IncompleteSignatureException", "IncompleteSignature", 400, None),
    "XAmzContentSHA256Mismatch": ("InvalidSignatureException", "SignatureDoesNotMatch", 403, None),
}


def encode(text, safe=""):
    return urllib.parse.quote(text, safe=safe + "-_.~")


def canonical_path(raw_path, service):
    """S3 encodes each segment once and keeps the path as it is; the other services normalise it and encode twice."""
    if service == "s3":
        return encode(urllib.parse.unquote_to_bytes(raw_path), "/") or "/"
    segments = []
    for segment in raw_path.split("/"):
        if segment == "..":
            segments = segments[:-1]
        elif segment not in ("", "."):
            segments.append(encode(segment))
    trailing = "/" if segments and raw_path.endswith("/") else ""
    return "/" + "/".join(segments) + trailing


def query_pairs(raw_query):
    pairs = []
    for part in raw_query.split("&") if raw_query else []:
        name, _, value = part.partition("=")
        pairs.append((urllib.parse.unquote_to_bytes(name), urllib.parse.unquote_to_bytes(value)))
    return pairs


def canonical_query(pairs):
    return "&".join(f"{name}={value}" for name, value in sorted((encode(n), encode(v)) for n, v in pairs))


def signing_key(secret, date, region, service):
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def parse_time(text):
    try:
        return datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError as error:
        raise Refused("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header") from error


class SignatureCheck:
    """The WSGI application that lets only well signed requests through to ``application``."""

    def __init__(self, application, credentials, now=lambda: datetime.datetime.now(datetime.timezone.utc)):
        self.application, self.credentials, self.now = application, credentials, now

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        service = "s3"
        try:
            service = self.check(environ, body)
        except Refused as refused:
            return self.refuse(refused, environ, body, start_response)
        return self.application(environ, start_response)

    def check(self, environ, body):
        raw_path, _, raw_query = environ["RAW_URI"].partition("?")
        headers = {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if environ.get(name):
                headers[name.replace("_", "-").lower()] = environ[name]
        # Metadata names may hold underscores, which WSGI cannot tell from hyphens: the handler keeps their spelling.
        for key, name in (environ.get("moto.preserved_header_names") or {}).items():
            headers[name.lower()] = environ[key]
            headers.pop(name.lower().replace("_", "-"), None)
        pairs = query_pairs(raw_query)
        query = {name.decode(): value.decode() for name, value in pairs}
        if "X-Amz-Algorithm" in query or "X-Amz-Signature" in query:
            return self.check_presigned(environ["REQUEST_METHOD"], raw_path, pairs, query, headers)
        return self.check_headers(environ["REQUEST_METHOD"], raw_path, pairs, headers, body)

    def check_headers(self, method, raw_path, pairs, headers, body):
        authorization = headers.get("authorization")
        if authorization is None:
            raise Refused("AccessDenied", "Access Denied")
        fields = re.fullmatch(
            ALGORITHM + r" +Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})", authorization
        )
        if not fields:
            raise Refused(
                "AuthorizationHeaderMalformed", "The authorization header that you provided is not valid.", 400
            )
        scope, signed_headers, signature = fields.groups()
        access_key, date, region, service = self.parse_scope(scope, "AuthorizationHeaderMalformed")
        credential = self.credential(access_key)
        time = headers.get("x-amz-date", "")
        moment = parse_time(time)
        if not time.startswith(date):
            raise Refused("SignatureDoesNotMatch", "Credential scope and x-amz-date name different days.")
        payload_hash = headers.get("x-amz-content-sha256")
        if payload_hash is None:
            if service == "s3":
                raise Refused("InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400)
            payload_hash = hashlib.sha256(body).hexdigest()
        signed = signed_headers.split(";")
        self.check_signed_names(signed, headers)
        self.check_signature(
            credential, (date, region, service), time, method, raw_path, pairs, headers, signed, payload_hash, signature
        )
        self.check_token(credential, headers.get("x-amz-security-token"))
        self.check_skew(moment, time, service)
        if payload_hash != UNSIGNED and not payload_hash.startswith("STREAMING-"):
            actual = hashlib.sha256(body).hexdigest()
            if payload_hash != actual:
                raise Refused(
                    "XAmzContentSHA256Mismatch",
                    "The provided 'x-amz-content-sha256' header does not match what was computed.",
                    400,
                    {"ClientComputedContentSHA256": payload_hash, "S3ComputedContentSHA256": actual},
                )
        return service

    def check_presigned(self, method, raw_path, pairs, query, headers):
        code = "AuthorizationQueryParametersError"
        names = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
        if any(f"X-Amz-{name}" not in query for name in names):
            raise Refused(
                code,
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                "X-Amz-Signature, "
                "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
                400,
            )
        if query["X-Amz-Algorithm"] != ALGORITHM:
            raise Refused(code, 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"', 400)
        access_key, date, region, service = self.parse_scope(query["X-Amz-Credential"], code)
        if not query["X-Amz-Expires"].isdigit():
            raise Refused(code, "X-Amz-Expires should be a number", 400)
        expires = int(query["X-Amz-Expires"])
        if expires > LONGEST_PRESIGNED:
            raise Refused(
                code,
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
                "than 604800 seconds",
                400,
            )
        moment = parse_time(query["X-Amz-Date"])
        credential = self.credential(access_key)
        now = self.now()
        if now > moment + datetime.timedelta(seconds=expires):
            expired_at = moment + datetime.timedelta(seconds=expires)
            raise Refused(
                "AccessDenied",
                "Request has expired",
                403,
                {
                    "X-Amz-Expires": str(expires),
                    "Expires": f"{expired_at:%Y-%m-%dT%H:%M:%SZ}",
                    "ServerTime": f"{now:%Y-%m-%dT%H:%M:%SZ}",
                },
            )
        if moment > now + SKEW:
            raise Refused("AccessDenied", "Request is not valid yet", 403)
        signed = query["X-Amz-SignedHeaders"].split(";")
        self.check_signed_names(signed, headers)
        rest = [(name, value) for name, value in pairs if name != b"X-Amz-Signature"]
        self.check_signature(
            credential,
            (date, region, service),
            query["X-Amz-Date"],
            method,
            raw_path,
            rest,
            headers,
            signed,
            headers.get("x-amz-content-sha256", UNSIGNED),
            query["X-Amz-Signature"],
        )
        self.check_token(credential, query.get("X-Amz-Security-Token"))
        return service

    @staticmethod
    def parse_scope(scope, code):
        parts = scope.split("/")
        if len(parts) != 5 or parts[4] != "aws4_request" or not re.fullmatch(r"\d{8}", parts[1]):
            raise Refused(
                code,
                'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
                400,
            )
        return parts[:4]

    def credential(self, access_key):
        if access_key not in self.credentials:
            raise Refused(
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                403,
                {"AWSAccessKeyId": access_key},
            )
        return self.credentials[access_key]

    @staticmethod
    def check_signed_names(signed, headers):
        unsigned = sorted(n for n in headers if (n == "host" or n.startswith("x-amz-")) and n not in signed)
        if unsigned:
            raise Refused(
                "AccessDenied",
                "There were headers present in the request which were not signed",
                403,
                {"HeadersNotSigned": ", ".join(unsigned)},
            )

    @staticmethod
    def check_signature(credential, scope, time, method, raw_path, pairs, headers, signed, payload_hash, signature):
        date, region, service = scope
        canonical = "\n".join(
            [
                method,
                canonical_path(raw_path, service),
                canonical_query(pairs),
                *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in signed),
                "",
                ";".join(signed),
                payload_hash,
            ]
        )
        digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
        to_sign = f"{ALGORITHM}\n{time}\n{date}/{region}/{service}/aws4_request\n{digest}"
        key = signing_key(credential.secret, date, region, service)
        expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, signature):
            raise Refused(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
                403,
                {"StringToSign": to_sign, "SignatureProvided": signature, "CanonicalRequest": canonical},
            )

    @staticmethod
    def check_token(credential, token):
        if credential.token is None and token is None:
            return
        if credential.token is None or token is None or not hmac.compare_digest(credential.token, token):
            raise Refused("InvalidToken", "The provided token is malformed or otherwise invalid.", 400)
        if credential.expired:
            raise Refused("ExpiredToken", "The provided token has expired.", 400)

    def check_skew(self, moment, time, service):
        now = self.now()
        if service == "s3":
            if abs(now - moment) > SKEW:
                raise Refused(
                    "RequestTimeTooSkewed",
                    "The difference between the request time and the current time is too large.",
                    403,
                    {
                        "RequestTime": time,
                        "ServerTime": f"{now:%Y-%m-%dT%H:%M:%SZ}",
                        "MaxAllowedSkewMilliseconds": "900000",
                    },
                )
        elif moment < now - SKEW_OTHERS:
            raise Refused(
                "RequestTimeTooSkewed",
                f"Signature expired: {time} is now earlier than {now - SKEW_OTHERS:%Y%m%dT%H%M%SZ} "
                f"({now:%Y%m%dT%H%M%SZ} - 5 min.)",
            )
        elif moment > now + SKEW_OTHERS:
            raise Refused(
                "RequestTimeTooSkewed",
                f"Signature not yet current: {time} is still later than {now + SKEW_OTHERS:%Y%m%dT%H%M%SZ} "
                f"({now:%Y%m%dT%H%M%SZ} + 5 min.)",
            )

    def refuse(self, refused, environ, body, start_response):
        request_id = uuid.uuid4().hex.upper()[:16]
        service = self.called_service(environ)
        json_code, query_code, status, message = FORMS.get(
            refused.code, (refused.code, refused.code, refused.status, None)
        )
        message = message or refused.message
        if environ.get("HTTP_X_AMZ_TARGET"):
            content_type = environ.get("CONTENT_TYPE", "application/x-amz-json-1.1")
            prefix = "com.amazon.coral.service#" if service == "sqs" else ""
            # Secrets Manager and its like answer 400; SQS answers 403.
            status = status if service == "sqs" else 400
            answer = json.dumps({"__type": prefix + json_code, "message": message})
        elif service == "s3":
            content_type, status = "application/xml", refused.status
            details = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in refused.details.items())
            answer = (
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                f"<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message>{details}"
                f"<RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>"
            )
        else:
            content_type = "text/xml"
            answer = (
                f"<ErrorResponse><Error><Type>Sender</Type><Code>{query_code}</Code>"
                f"<Message>{escape(message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
            )
        payload = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.encode()
        start_response(
            f"{status} {'Forbidden' if status == 403 else 'Bad Request'}",
            [
                ("Content-Type", content_type),
                ("Content-Length", str(len(payload))),
                ("x-amz-request-id" if service == "s3" else "x-amzn-RequestId", request_id),
                ("Date", f"{self.now():%a, %d %b %Y %H:%M:%S GMT}"),
            ],
        )
        return [payload]

    @staticmethod
    def called_service(environ):
        authorization = environ.get("HTTP_AUTHORIZATION", "") + urllib.parse.unquote(environ.get("QUERY_STRING", ""))
        scope = re.search(r"/\d{8}/[^/]+/([^/]+)/aws4_request", authorization)
        if scope:
            return scope.group(1)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if target.startswith("AmazonSQS."):
            return "sqs"
        return target.split(".")[0].lower() if target else "s3"
