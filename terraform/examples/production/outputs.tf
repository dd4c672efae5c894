output "regions" {
  description = "By place: what comes next needs of it."
  value       = { europe = module.europe, us = module.us }
}

output "tenants" {
  description = "By place: the ids of the organisations whose data are there."
  value       = { for place, tenants in local.tenants : place => keys(tenants) }
}
