# A small instance without any open port. Who may start sessions of Systems Manager on it can forward a port of their
# own machine to the database or to the service; access ends with that permission, and there is no key to lose.
resource "aws_iam_role" "bastion" {
  count = var.bastion ? 1 : 0

  name               = "${local.name}-bastion"
  assume_role_policy = data.aws_iam_policy_document.assume["ec2"].json
}

# What the agent of Systems Manager calls to be reached, of the managed policy AmazonSSMManagedInstanceCore.
data "aws_iam_policy_document" "bastion" {
  statement {
    actions   = ["ssm:UpdateInstanceInformation"]
    resources = ["${local.arn_prefix}:ec2:${var.region}:${local.account}:instance/*"]
  }

  statement {
    # AWS knows no resource for these actions.
    actions = [
      "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "bastion" {
  count = var.bastion ? 1 : 0

  name   = "sessions"
  role   = aws_iam_role.bastion[0].id
  policy = data.aws_iam_policy_document.bastion.json
}

resource "aws_iam_instance_profile" "bastion" {
  count = var.bastion ? 1 : 0

  name = "${local.name}-bastion"
  role = aws_iam_role.bastion[0].name
}

resource "aws_launch_template" "bastion" {
  count = var.bastion ? 1 : 0

  name_prefix            = "${local.name}-bastion-"
  description            = "Amazon Linux with the agent of Systems Manager"
  instance_type          = "t4g.nano"
  image_id               = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
  update_default_version = true

  iam_instance_profile {
    arn = aws_iam_instance_profile.bastion[0].arn
  }

  network_interfaces {
    associate_public_ip_address = var.public_task_addresses
    delete_on_termination       = true
    security_groups             = [aws_security_group.part["bastion"].id]
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}

# A group of one: a lost instance comes back, and a new launch template replaces it.
resource "aws_autoscaling_group" "bastion" {
  count = var.bastion ? 1 : 0

  name_prefix         = "${local.name}-bastion-"
  vpc_zone_identifier = local.task_subnet_ids
  min_size            = 1
  max_size            = 1

  launch_template {
    id      = aws_launch_template.bastion[0].id
    version = aws_launch_template.bastion[0].latest_version
  }

  instance_refresh {
    strategy = "Rolling"
  }

  dynamic "tag" {
    for_each = merge(local.default_tags, { Name = "${local.name}-bastion" })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  depends_on = [aws_iam_role_policy.bastion]
}
