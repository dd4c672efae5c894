variable "project" {
  description = "Project of the instance."
  type        = string
}

variable "instance" {
  description = "Name of the instance, as jobs and functions take it."
  type        = string
  default     = "telemetry"
  validation {
    condition     = can(regex("^[a-z][-a-z0-9]{4,31}[a-z0-9]$", var.instance))
    error_message = "instance is \"${var.instance}\"; expected 6 to 33 characters a-z 0-9 -, first a letter, such as telemetry."
  }
}

variable "region" {
  description = "Where all clusters are."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; expected one region, such as europe-west3."
  }
}

variable "zones" {
  description = "One zone, or two: the second holds a copy that reads move to when the first fails. Both in the region, or a tenant's data would leave it."
  type        = list(string)
  validation {
    condition     = length(var.zones) >= 1 && length(var.zones) <= 2 && length(distinct(var.zones)) == length(var.zones)
    error_message = "zones are ${jsonencode(var.zones)}; expected one, or two different ones."
  }
  validation {
    condition     = alltrue([for zone in var.zones : startswith(zone, "${var.region}-")])
    error_message = "zones are ${jsonencode(var.zones)}; expected zones of ${var.region}, such as ${var.region}-a."
  }
}

variable "kms_key" {
  description = "Resource name of the key that protects the clusters, in the same region. It is for a cluster: tenants and persons have keys of their own, above it."
  type        = string
  validation {
    condition     = can(regex("^projects/[^/]+/locations/${var.region}/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key is \"${var.kms_key}\"; expected projects/P/locations/${var.region}/keyRings/RING/cryptoKeys/KEY."
  }
}

variable "nodes" {
  description = "Bounds of autoscaling, for each cluster."
  type        = object({ min = number, max = number })
  default     = { min = 3, max = 30 }
  validation {
    condition     = var.nodes.min >= 1 && var.nodes.max >= var.nodes.min && var.nodes.max <= 10 * var.nodes.min
    error_message = "nodes are ${var.nodes.min} to ${var.nodes.max}; expected at least 1, and at most ten times as many, which is what Bigtable takes."
  }
}

variable "cpu_percent" {
  description = "Load at which nodes are added."
  type        = number
  default     = 60
  validation {
    condition     = var.cpu_percent >= 10 && var.cpu_percent <= 80
    error_message = "cpu_percent is ${var.cpu_percent}; expected 10 to 80, which is what Bigtable takes."
  }
}

variable "backup_days" {
  description = "Days for which a daily backup of windows, streams, the registry and the records of erasures is kept."
  type        = number
  default     = 14
  validation {
    condition     = var.backup_days >= 3 && var.backup_days <= 90
    error_message = "backup_days is ${var.backup_days}; expected 3 to 90, which is what Bigtable takes."
  }
}

variable "keyset_backup_days" {
  description = "The same for the table of keysets. An erasure is final no sooner than the last backup that holds the keyset: state the same to pipelines.erase (--backups-hours)."
  type        = number
  default     = 3
  validation {
    condition     = var.keyset_backup_days >= 3 && var.keyset_backup_days <= 7
    error_message = "keyset_backup_days is ${var.keyset_backup_days}; expected 3 to 7: a person is not erased while a backup of their keyset lives."
  }
}

variable "tenants" {
  description = "Ids of the organisations: each gets views that show the rows of no other."
  type        = set(string)
  default     = []
  validation {
    condition     = alltrue([for tenant in var.tenants : can(regex("^[a-z0-9]{8}$", tenant))])
    error_message = "tenants are ${join(", ", var.tenants)}; expected 8 characters a-z 0-9 each, such as clinic01."
  }
}

variable "writers" {
  description = "By table: members that read and write, by names of your choice."
  type        = map(map(string))
  default     = {}
}

variable "readers" {
  description = "By table: members that read."
  type        = map(map(string))
  default     = {}
}

variable "tenant_readers" {
  description = "By tenant: members that read that tenant's views, and so no row of another."
  type        = map(map(string))
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.tenant_readers), var.tenants)) == 0
    error_message = "tenant_readers names ${join(", ", setsubtract(keys(var.tenant_readers), var.tenants))}; expected tenants of this instance: ${join(", ", var.tenants)}."
  }
}
