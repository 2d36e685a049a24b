"""Uploads a file to the emulator's S3:  upload.py FILE BUCKET KEY   (endpoint and keys from the AWS_ variables)."""

import sys

import boto3
from botocore.config import Config


def main():
    file, bucket, key = sys.argv[1:]
    s3 = boto3.client("s3", config=Config(proxies={}))
    s3.upload_file(file, bucket, key, ExtraArgs={"ContentType": "video/mp4"})


if __name__ == "__main__":
    main()
