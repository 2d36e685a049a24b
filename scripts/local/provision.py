"""Creates on the emulator what the deployment creates on AWS: bucket, queues, notification, secret.

    provision.py --endpoint URL --database URL     prints the queue's URL and the secret's ARN, one a line

Run again it changes nothing but the secret's value.
"""

import argparse
import json
from urllib.parse import unquote, urlsplit

import boto3
from botocore.config import Config

BUCKET, QUEUE, DEAD_LETTERS, SECRET = (
    "capstone-dev-raw",
    "capstone-dev-main",
    "capstone-dev-main-dlq",
    "capstone-dev-db",
)


def database_secret(url):
    """The form in which RDS keeps a database's credentials in Secrets Manager."""
    parts = urlsplit(url)
    return {
        "engine": "postgres",
        "host": parts.hostname or "localhost",
        "port": parts.port or 5432,
        "username": unquote(parts.username or "postgres"),
        "password": unquote(parts.password or ""),
        "dbname": unquote(parts.path.lstrip("/")) or "postgres",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--database", required=True)
    arguments = parser.parse_args()
    settings = {"endpoint_url": arguments.endpoint, "config": Config(proxies={}, retries={"max_attempts": 2})}
    s3, sqs, secrets = (boto3.client(name, **settings) for name in ("s3", "sqs", "secretsmanager"))

    def arn(url):
        return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    dead_letters = sqs.create_queue(QueueName=DEAD_LETTERS)["QueueUrl"]
    queue = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn(dead_letters), "maxReceiveCount": 3})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "120"})

    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET)
    notification = {
        "Id": "videos",
        "QueueArn": arn(queue),
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
        "Filter": {
            "Key": {"FilterRules": [{"Name": "prefix", "Value": "videos/"}, {"Name": "suffix", "Value": ".mp4"}]}
        },
    }
    if "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=BUCKET):
        s3.put_bucket_notification_configuration(
            Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [notification]}
        )

    value = json.dumps(database_secret(arguments.database))
    try:
        secret = secrets.create_secret(Name=SECRET, SecretString=value)["ARN"]
    except secrets.exceptions.ResourceExistsException:
        secret = secrets.put_secret_value(SecretId=SECRET, SecretString=value)["ARN"]
    print(queue)
    print(secret)


if __name__ == "__main__":
    main()
