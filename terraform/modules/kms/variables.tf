variable "project" {
  description = "Project of the keys."
  type        = string
}

variable "region" {
  description = "Region of the key ring, and so of everything its keys protect."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; expected one region, such as europe-west3: BigQuery takes no keys of \"global\", and data stay where they are."
  }
}

variable "tenants" {
  description = "Ids of the organisations that have keys here."
  type        = set(string)
  validation {
    condition     = alltrue([for tenant in var.tenants : can(regex("^[a-z0-9]{8}$", tenant))])
    error_message = "tenants are ${join(", ", var.tenants)}; expected 8 characters a-z 0-9 each, such as clinic01."
  }
}

variable "rotation_days" {
  description = "Days after which a key gets a new primary version. Old versions live on until rewrap and erase have done with them."
  type        = number
  default     = 90
  validation {
    condition     = var.rotation_days >= 1 && var.rotation_days <= 90
    error_message = "rotation_days is ${var.rotation_days}; expected 1 to 90."
  }
}

variable "destroy_days" {
  description = "Days between scheduling a version's destruction and its end. An erasure is not final before; it can be taken back until then. Cannot be changed later."
  type        = number
  default     = 30
  validation {
    condition     = var.destroy_days >= 1 && var.destroy_days <= 120
    error_message = "destroy_days is ${var.destroy_days}; expected 1 to 120, which is what Cloud KMS takes."
  }
}

variable "protection_level" {
  description = "Whether keys live in software or in a hardware module (which costs more a version and a call)."
  type        = string
  default     = "SOFTWARE"
  validation {
    condition     = contains(["SOFTWARE", "HSM"], var.protection_level)
    error_message = "protection_level is \"${var.protection_level}\"; expected SOFTWARE or HSM."
  }
}

variable "users" {
  description = "Who may encrypt and decrypt with every tenant's key, by the key's use. Components, never people: this right is the right to read."
  type = object({
    subjects   = optional(map(string), {})
    columns    = optional(map(string), {})
    pseudonyms = optional(map(string), {})
  })
  default = {}
}

variable "column_readers" {
  description = "By tenant: members whose queries BigQuery may decrypt protected columns for, such as group:research@example.org."
  type        = map(set(string))
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.column_readers), var.tenants)) == 0
    error_message = "column_readers names ${join(", ", setsubtract(keys(var.column_readers), var.tenants))}; expected tenants of this region: ${join(", ", var.tenants)}."
  }
}

variable "version_admins" {
  description = "Who may make and destroy versions of the subjects' keys: the job that rotates and erases, by a name of your choice. Nobody may destroy versions of other keys."
  type        = map(string)
  default     = {}
}
