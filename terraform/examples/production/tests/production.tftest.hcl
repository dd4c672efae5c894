mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}
mock_provider "google-beta" {}

variables {
  project = "my-project"
  domain  = "bci.example.org"
  tenants = {
    clinic01 = { region = "europe-west3", researchers = ["group:research@example.org"] }
    clinic02 = { region = "us-central1" }
  }
  operators = {
    issuer   = "https://login.example.org"
    audience = "bci-operators"
    jwks_url = "https://login.example.org/keys"
  }
  emails = ["oncall@example.org"]
  release = {
    functions = "functions/0123abcd.zip"
    tag       = "1.0.0"
  }
}

run "a_tenant_is_in_its_region_and_in_no_other" {
  command = plan
  assert {
    condition     = output.tenants == { europe = ["clinic01"], us = ["clinic02"] }
    error_message = "tenants are ${jsonencode(output.tenants)}"
  }
  assert {
    condition     = output.regions.europe.region == "europe-west3" && output.regions.us.region == "us-central1"
    error_message = "a region is elsewhere"
  }
}

run "there_is_no_perimeter_unless_asked_for" {
  command = plan
  assert {
    condition     = length(module.perimeter) == 0
    error_message = "a perimeter was made"
  }
}

run "a_perimeter_begins_by_looking" {
  command = plan
  variables {
    perimeter = { access_policy = "123456789012", project_number = "987654321098" }
  }
  assert {
    condition     = length(module.perimeter) == 1 && var.perimeter.dry_run == true
    error_message = "it refuses from the first day"
  }
}

run "refuses_a_region_where_there_is_nothing" {
  command = plan
  variables {
    tenants = { clinic01 = { region = "asia-east1" } }
  }
  expect_failures = [var.tenants]
}

run "refuses_a_multi_region" {
  command = plan
  variables {
    tenants = { clinic01 = { region = "EU" } }
  }
  expect_failures = [var.tenants]
}
