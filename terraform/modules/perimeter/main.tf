# Around the projects: stolen credentials are of no use outside, and data cannot be copied to a project outside.

locals {
  services = [
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "bigquerydatapolicy.googleapis.com",
    "bigtable.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudkms.googleapis.com",
    "dataflow.googleapis.com",
    "datacatalog.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "storage.googleapis.com",
  ]
  resources = [for number in var.project_numbers : "projects/${number}"]
}

resource "google_access_context_manager_service_perimeter" "perimeter" {
  parent                    = "accessPolicies/${var.access_policy}"
  name                      = "accessPolicies/${var.access_policy}/servicePerimeters/${var.name}"
  title                     = var.name
  description               = "The Neural Engine's projects."
  perimeter_type            = "PERIMETER_TYPE_REGULAR"
  use_explicit_dry_run_spec = var.dry_run

  dynamic "status" { # what is refused
    for_each = var.dry_run ? [] : [true]
    content {
      resources           = local.resources
      restricted_services = local.services

      vpc_accessible_services {
        enable_restriction = true
        allowed_services   = ["RESTRICTED-SERVICES"]
      }

      dynamic "ingress_policies" {
        for_each = var.from_outside
        content {
          title = ingress_policies.key
          ingress_from {
            identities = ingress_policies.value.identities
            dynamic "sources" {
              for_each = length(ingress_policies.value.levels) > 0 ? ingress_policies.value.levels : ["*"]
              content {
                access_level = sources.value
              }
            }
          }
          ingress_to {
            resources = local.resources
            dynamic "operations" {
              for_each = ingress_policies.value.services
              content {
                service_name = operations.value
                method_selectors {
                  method = "*"
                }
              }
            }
          }
        }
      }
    }
  }

  dynamic "spec" { # what would be refused, and is logged
    for_each = var.dry_run ? [true] : []
    content {
      resources           = local.resources
      restricted_services = local.services
    }
  }
}
