mock_provider "google" {}

variables {
  project = "my-project"
}

run "every_component_has_an_account_of_its_own" {
  command = plan
  assert {
    condition     = length(distinct([for account in google_service_account.component : account.account_id])) == 9
    error_message = "accounts are ${join(", ", [for account in google_service_account.component : account.account_id])}"
  }
  assert {
    condition     = alltrue([for account in google_service_account.component : can(regex("^[a-z][-a-z0-9]{4,28}[a-z0-9]$", account.account_id))])
    error_message = "an account has a name that Google refuses"
  }
}

run "nobody_owns_edits_or_reads_all_of_the_project" {
  command = plan
  assert {
    condition     = alltrue([for grant in google_project_iam_member.component : !contains(["roles/owner", "roles/editor", "roles/viewer"], grant.role)])
    error_message = "a component has a basic role"
  }
  assert {
    condition = alltrue([
      for grant in google_project_iam_member.component :
      !anytrue([for store in ["bigtable", "pubsub", "storage", "cloudkms", "bigquery.data", "bigquery.admin", "iam"] : startswith(grant.role, "roles/${store}")])
    ])
    error_message = "a component has a store of the project as a whole"
  }
}

run "only_the_scheduler_acts_as_another_and_only_as_the_batch_job" {
  command = plan
  assert {
    condition     = keys(google_service_account_iam_member.acts_as) == ["batch"]
    error_message = "others can act as ${join(", ", keys(google_service_account_iam_member.acts_as))}"
  }
}

run "who_makes_a_subscription_may_not_read_one" {
  command = plan
  assert {
    condition     = !contains(google_project_iam_custom_role.tracking.permissions, "pubsub.subscriptions.consume")
    error_message = "the stream job may read every subscription of the project"
  }
}

run "regions_have_accounts_of_their_own" {
  command = plan
  variables { suffix = "-eu" }
  assert {
    condition     = google_service_account.component["stream"].account_id == "neural-stream-eu"
    error_message = "the account is ${google_service_account.component["stream"].account_id}"
  }
}

run "refuses_a_suffix_that_is_too_long" {
  command = plan
  variables { suffix = "-europe-west3" }
  expect_failures = [var.suffix]
}
