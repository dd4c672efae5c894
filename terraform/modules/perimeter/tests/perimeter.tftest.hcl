mock_provider "google" {}

variables {
  access_policy   = "123456789012"
  project_numbers = ["987654321098"]
}

run "every_store_is_inside" {
  command = plan
  assert {
    condition = length(setsubtract(
      ["bigquery", "bigtable", "cloudkms", "pubsub", "storage"],
      [for service in google_access_context_manager_service_perimeter.perimeter.status[0].restricted_services : trimsuffix(service, ".googleapis.com")],
    )) == 0
    error_message = "a store can be reached from outside"
  }
  assert {
    condition     = google_access_context_manager_service_perimeter.perimeter.status[0].resources == toset(["projects/987654321098"])
    error_message = "other projects are inside"
  }
  assert {
    condition     = google_access_context_manager_service_perimeter.perimeter.status[0].vpc_accessible_services[0].enable_restriction == true
    error_message = "workers reach services outside"
  }
}

run "nobody_comes_in_unless_named" {
  command = plan
  assert {
    condition     = length(google_access_context_manager_service_perimeter.perimeter.status[0].ingress_policies) == 0
    error_message = "somebody comes in"
  }
}

run "who_is_named_comes_in_to_the_services_named" {
  command = plan
  variables {
    from_outside = {
      build = {
        identities = ["serviceAccount:build@my-project.iam.gserviceaccount.com"]
        services   = ["artifactregistry.googleapis.com"]
      }
    }
  }
  assert {
    condition     = [for operation in google_access_context_manager_service_perimeter.perimeter.status[0].ingress_policies[0].ingress_to[0].operations : operation.service_name] == ["artifactregistry.googleapis.com"]
    error_message = "the build comes in to other services"
  }
}

run "a_dry_run_refuses_nothing" {
  command = plan
  variables { dry_run = true }
  assert {
    condition     = length(google_access_context_manager_service_perimeter.perimeter.status) == 0 && length(google_access_context_manager_service_perimeter.perimeter.spec) == 1
    error_message = "a dry run refuses"
  }
}

run "refuses_everybody_and_everything" {
  command = plan
  variables {
    from_outside = { all = { identities = ["user:a@example.org"], services = ["*"] } }
  }
  expect_failures = [var.from_outside]
}

run "refuses_ids_of_projects" {
  command = plan
  variables { project_numbers = ["my-project"] }
  expect_failures = [var.project_numbers]
}

run "refuses_a_policy_that_is_no_number" {
  command = plan
  variables { access_policy = "default" }
  expect_failures = [var.access_policy]
}

run "refuses_a_name_that_google_would" {
  command = plan
  variables { name = "neural-engine" }
  expect_failures = [var.name]
}
