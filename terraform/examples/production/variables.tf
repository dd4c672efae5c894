variable "project" {
  description = "An existing project with billing, in an organisation."
  type        = string
}

variable "domain" {
  description = "Below which the regions have their names: eu.DOMAIN and us.DOMAIN."
  type        = string
}

variable "tenants" {
  description = "By id: the organisations, the one region of each, and who of them sees their rows. Moving a tenant is no change here but an export and an import: keys and rows do not follow."
  type        = map(object({ region = string, researchers = optional(set(string), []) }))
  validation {
    condition     = alltrue([for tenant, its in var.tenants : contains(["europe-west3", "us-central1"], its.region)])
    error_message = "tenants are pinned to ${join(", ", [for tenant, its in var.tenants : "${tenant}: ${its.region}"])}; expected europe-west3 or us-central1: there is nothing of ours elsewhere."
  }
  validation {
    condition     = alltrue([for tenant in keys(var.tenants) : can(regex("^[a-z0-9]{8}$", tenant))])
    error_message = "tenants are ${join(", ", keys(var.tenants))}; expected 8 characters a-z 0-9 each, such as clinic01."
  }
}

variable "operators" {
  description = "The OpenID provider of operators."
  type        = object({ issuer = string, audience = string, jwks_url = string })
}

variable "emails" {
  description = "Who is told of alerts."
  type        = set(string)
}

variable "release" {
  description = "What runs; the first apply leaves it out."
  type        = object({ functions = string, tag = string })
  default     = null
}

variable "device_ca_certificates" {
  description = "PEM certificates of authorities that sign devices' TLS certificates; none: tokens alone count."
  type        = list(string)
  default     = []
}

variable "budget" {
  description = "Billing account, currency and units a month; null for none."
  type        = object({ billing_account = string, currency = string, units = number })
  default     = null
}

variable "perimeter" {
  description = "VPC-SC: access policy, number of this project, who comes in from outside; null for none. Begin with dry_run."
  type = object({
    access_policy  = string
    project_number = string
    dry_run        = optional(bool, true)
    from_outside   = optional(map(object({ identities = set(string), services = set(string), levels = optional(set(string), []) })), {})
  })
  default = null
}
