# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What DigitalOcean asks a month, in US dollars, for what its API tells no prices of.

List prices, without taxes, traffic and additional storage.
"""

from __future__ import annotations

AS_OF = "November 2026"

# One node of managed PostgreSQL, basic plans (digitalocean.com/pricing/managed-databases)
DATABASE_NODES = {
    "db-s-1vcpu-1gb": 15.15,
    "db-s-1vcpu-2gb": 30.45,
    "db-s-2vcpu-4gb": 60.90,
    "db-s-4vcpu-8gb": 122.00,
    "db-s-6vcpu-16gb": 244.00,
    "db-s-8vcpu-32gb": 488.00,
}
SPACES = 5.00  # an account's subscription, with 250 GiB (digitalocean.com/pricing/spaces-object-storage)
BACKUPS = 0.20  # of the droplet's price, for weekly backups (digitalocean.com/pricing/backups)


def lines(sizes, options):
    """Return what is paid for: what it is, how many of it, and the price of all of them, None where that is not known.

    `sizes` are the prices of droplets by their slug, `options` are the options of the module cost.
    """
    bill = []
    for size in dict.fromkeys(options["droplet_sizes"]):
        count, price = options["droplet_sizes"].count(size), sizes[size]
        bill.append(line(f"droplet {size}", count, price))
        if options["backups"]:
            bill.append(line(f"weekly backups of droplet {size}", count, price * BACKUPS))
    if options["database_size"]:
        bill.append(
            line(
                f"database node {options['database_size']}",
                options["database_nodes"],
                DATABASE_NODES.get(options["database_size"]),
            )
        )
    if options["spaces"]:
        bill.append(line("Spaces, up to 250 GiB", 1, SPACES))
    return bill


def line(what, count, price):
    """Return one line of the bill."""
    return {"what": what, "count": count, "monthly": round(count * price, 2) if price is not None else None}


def price_text(bill):
    """Return the bill in one sentence."""
    total = sum(each["monthly"] or 0 for each in bill)
    parts = ", ".join(map(line_text, bill))
    return (
        f"about {total:.2f} US dollars a month ({parts}; databases and Spaces as of {AS_OF}, without taxes and traffic)"
    )


def line_text(each):
    """Return one line of the bill in words."""
    price = "of unknown price" if each["monthly"] is None else format(each["monthly"], ".2f")
    return f"{each['count']} x {each['what']} {price}"
