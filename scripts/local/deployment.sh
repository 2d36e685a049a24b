# shellcheck shell=bash
# Sourced after lib.sh by scripts/deploy and scripts/destroy: the account, the environment's state, and Terraform on it.
# The state of every environment is in one bucket of the account, ENVIRONMENT/terraform.tfstate, with Terraform's lock
# beside it; ENVIRONMENT/region names the region, so that it is given once.

MODULE=${FRAMELAKE_TERRAFORM_MODULE:-$ROOT/terraform}
# No command of the AWS CLI opens a pager.
export AWS_PAGER=''

require_command() { command -v "$1" >/dev/null || die "$1 is not in PATH: $2"; }

require_tools() {
    local version
    require_command aws 'the AWS CLI, https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html'
    require_command terraform 'https://developer.hashicorp.com/terraform/install'
    use_terraform
    version=$(terraform version | sed -n 's/^Terraform v\([0-9.]*\).*/\1/p')
    [[ $(printf '1.11\n%s\n' "$version" | sort -V | head -n 1) == 1.11 ]] ||
        die "Terraform 1.11 or later is needed, found $version"
}

# Sets ACCOUNT, CALLER and STATE_BUCKET.
identify() {
    local answer
    # STS answers in every region; the environment's own is known later.
    export AWS_REGION=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}
    export AWS_DEFAULT_REGION=$AWS_REGION
    answer=$(aws sts get-caller-identity --query '[Account, Arn]' --output text 2>&1) ||
        die "AWS does not accept the credentials: $(tr -s '\n' ' ' <<<"$answer")
Try: aws sts get-caller-identity. aws configure, aws sso login or AWS_PROFILE give credentials."
    read -r ACCOUNT CALLER <<<"$answer"
    STATE_BUCKET=framelake-state-$ACCOUNT
    say "Account $ACCOUNT as $CALLER"
}

check_environment_name() {
    [[ $1 =~ ^[a-z][a-z0-9]{1,11}$ ]] ||
        die "\"$1\" cannot name an environment: 2 to 12 lower-case letters or digits, a letter first"
}

# The account's own bucket, or none. One of that name in another account is not used.
state_bucket_exists() {
    local answer
    answer=$(aws s3api head-bucket --bucket "$STATE_BUCKET" --expected-bucket-owner "$ACCOUNT" 2>&1) && return
    [[ $answer == *404* || $answer == *"Not Found"* ]] && return 1
    die "the state bucket $STATE_BUCKET cannot be used: $(tr -s '\n' ' ' <<<"$answer")"
}

state_bucket_region() {
    local region
    region=$(aws s3api get-bucket-location --bucket "$STATE_BUCKET" --query LocationConstraint --output text) ||
        die "the region of $STATE_BUCKET cannot be read"
    # S3's oldest region has no name there, the second its old one.
    case $region in
    None) echo us-east-1 ;;
    EU) echo eu-west-1 ;;
    *) printf '%s\n' "$region" ;;
    esac
}

# Prints the region that the environment was deployed to; nothing when it was not.
remembered_region() {
    local answer
    if answer=$(aws s3 cp "s3://$STATE_BUCKET/$ENVIRONMENT/region" - 2>&1); then
        printf '%s\n' "$answer"
    elif [[ $answer != *404* && $answer != *NoSuchKey* ]]; then
        die "the state of $ENVIRONMENT cannot be read: $(tr -s '\n' ' ' <<<"$answer")"
    fi
}

use_region() {
    REGION=$1
    export AWS_REGION=$REGION AWS_DEFAULT_REGION=$REGION
}

# Sets WORK, where Terraform keeps what it has downloaded and its last output; each environment has its own, so that
# several are worked on side by side.
use_work_folder() {
    WORK=$LOCAL_DIR/deploy/$ACCOUNT-$ENVIRONMENT
    mkdir -p "$WORK"
    export TF_DATA_DIR=$WORK/terraform TF_IN_AUTOMATION=1
}

terraform_init() {
    quietly terraform -chdir="$MODULE" init -input=false -no-color -reconfigure "$@" ||
        die "terraform init failed"
}

use_remote_state() {
    terraform_init -backend-config="bucket=$STATE_BUCKET" -backend-config="key=$ENVIRONMENT/terraform.tfstate" \
        -backend-config="region=$(state_bucket_region)" -backend-config=use_lockfile=true -backend-config=encrypt=true
}

# quietly COMMAND...: shows its output only when it fails.
quietly() {
    "$@" >"$WORK/log" 2>&1 || {
        cat "$WORK/log" >&2
        return 1
    }
}

# terraform_run COMMAND...: with the environment's variables; its output is shown and kept.
terraform_run() {
    local command=$1 holder
    shift
    terraform -chdir="$MODULE" "$command" -input=false -no-color "$@" "${VARIABLES[@]}" 2>&1 | tee "$WORK/log" >&2 &&
        return
    if grep -q 'Error acquiring the state lock' "$WORK/log"; then
        holder=$(sed -nE 's/^[^A-Za-z]*((ID|Who|Created): .*)/  \1/p' "$WORK/log")
        die "$ENVIRONMENT is being changed by someone else, who holds the lock of its state:
$holder
Nothing was changed. Is that one dead, its lock is removed by
  aws s3 rm s3://$STATE_BUCKET/$ENVIRONMENT/terraform.tfstate.tflock"
    fi
    die "terraform $command failed. What was made so far is in the state: mend the cause and run the same command again"
}

terraform_output() { terraform -chdir="$MODULE" output -raw -no-color "$1" 2>/dev/null; }

# Sets VARIABLES from ENVIRONMENT.tfvars, the -var options and what the scripts know.
collect_variables() {
    VARIABLES=()
    [[ ! -f $MODULE/$ENVIRONMENT.tfvars ]] || VARIABLES+=(-var-file="$MODULE/$ENVIRONMENT.tfvars")
    VARIABLES+=("$@" -var "environment=$ENVIRONMENT" -var "region=$REGION")
}

# delete_objects BUCKET [PREFIX]: every version and every delete marker, a thousand at a time.
delete_objects() {
    local bucket=$1 prefix=${2-} batch=$WORK/objects.json query
    # shellcheck disable=SC2016 # the query's own quotes
    query='{Objects: [Versions, DeleteMarkers][][].{Key: Key, VersionId: VersionId}, Quiet: `true`}'
    while true; do
        aws s3api list-object-versions --bucket "$bucket" --prefix "$prefix" --max-keys 1000 --no-paginate \
            --query "$query" --output json >"$batch" || return 1
        grep -q '"Key"' "$batch" || break
        aws s3api delete-objects --bucket "$bucket" --delete "file://$batch" >"$WORK/deleted.json" || return 1
        if grep -q '"Errors"' "$WORK/deleted.json"; then
            cat "$WORK/deleted.json" >&2
            return 1
        fi
    done
    rm -f "$batch" "$WORK/deleted.json"
}
