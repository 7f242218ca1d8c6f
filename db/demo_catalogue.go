package db

import "billfold/billing"

// demoProduct is a device to rent.
type demoProduct struct {
	name, sku string
	// serial is a pattern for [demoRandom.fill].
	serial string
	// cents are its price a month on a contract of 24 months.
	cents int64
	// from and until are the months it could be ordered in; zero is no bound.
	from, until billing.Period
	// private tells whether people rent it too, not only companies.
	private bool
}

// offered tells whether a contract on the product can begin in a month.
func (p demoProduct) offered(in billing.Period) bool {
	return !in.Before(p.from) && (p.until.IsZero() || !p.until.Before(in))
}

// demoCatalogue lists the devices. The generations of one model follow each other, and
// several products were always there.
var demoCatalogue = []demoProduct{
	{"ThinkPad X1 Carbon Gen 11", "LEN-X1C-G11", "PF-@@@@@@", 119_00, billing.Period{Year: 2023, Month: 3}, billing.Period{Year: 2024, Month: 3}, false},
	{"ThinkPad X1 Carbon Gen 12", "LEN-X1C-G12", "PF-@@@@@@", 124_00, billing.Period{Year: 2024, Month: 2}, billing.Period{Year: 2025, Month: 2}, false},
	{"ThinkPad X1 Carbon Gen 13", "LEN-X1C-G13", "PF-@@@@@@", 129_00, billing.Period{Year: 2025, Month: 1}, billing.Period{}, false},
	{"ThinkPad T14 Gen 4", "LEN-T14-G4", "PW-@@@@@@", 64_50, billing.Period{Year: 2023, Month: 5}, billing.Period{Year: 2024, Month: 6}, false},
	{"ThinkPad T14 Gen 5", "LEN-T14-G5", "PW-@@@@@@", 69_00, billing.Period{Year: 2024, Month: 5}, billing.Period{}, false},
	{"ThinkPad T14", "LEN-T14", "PW-@@@@@@", 59_00, billing.Period{}, billing.Period{Year: 2023, Month: 4}, false},
	{"MacBook Air 13″ M2", "APL-MBA13-M2", "C@@@@@@@@@", 59_00, billing.Period{Year: 2022, Month: 7}, billing.Period{Year: 2024, Month: 3}, true},
	{"MacBook Air 13″ M3", "APL-MBA13-M3", "C@@@@@@@@@", 62_00, billing.Period{Year: 2024, Month: 3}, billing.Period{Year: 2025, Month: 3}, true},
	{"MacBook Air 15″ M4", "APL-MBA15-M4", "C@@@@@@@@@", 74_00, billing.Period{Year: 2025, Month: 3}, billing.Period{}, true},
	{"MacBook Pro 14″ M3", "APL-MBP14-M3", "C02@@@@@@", 139_00, billing.Period{Year: 2023, Month: 11}, billing.Period{Year: 2024, Month: 11}, false},
	{"MacBook Pro 14″ M4", "APL-MBP14-M4", "C02@@@@@@", 149_00, billing.Period{Year: 2024, Month: 11}, billing.Period{Year: 2025, Month: 11}, false},
	{"MacBook Pro 14″ M5", "APL-MBP14-M5", "C02@@@@@@", 159_00, billing.Period{Year: 2025, Month: 11}, billing.Period{}, false},
	{"iPhone 15, 128 GB", "APL-IP15-128", "F@@@@@@@@", 49_00, billing.Period{Year: 2023, Month: 9}, billing.Period{Year: 2024, Month: 10}, true},
	{"iPhone 16, 128 GB", "APL-IP16-128", "G6@@@@@@", 54_00, billing.Period{Year: 2024, Month: 9}, billing.Period{Year: 2025, Month: 10}, true},
	{"iPhone 17, 256 GB", "APL-IP17-256", "G6@@@@@@", 89_00, billing.Period{Year: 2025, Month: 9}, billing.Period{}, true},
	{"iPad Pro 13″ with Magic Keyboard and Apple Pencil Pro, 512 GB, Wi-Fi + Cellular", "APL-IPP13-512-SET", "DM@@@@@@@@", 109_00, billing.Period{Year: 2024, Month: 5}, billing.Period{}, false},
	{"Galaxy S23, 128 GB", "SAM-S23-128", "R5#@@@@@@@@", 36_00, billing.Period{Year: 2023, Month: 2}, billing.Period{Year: 2024, Month: 2}, true},
	{"Galaxy S24, 256 GB", "SAM-S24-256", "R5#@@@@@@@@", 42_00, billing.Period{Year: 2024, Month: 1}, billing.Period{Year: 2025, Month: 2}, true},
	{"Galaxy S25, 256 GB", "SAM-S25-256", "R5#@@@@@@@@", 45_00, billing.Period{Year: 2025, Month: 2}, billing.Period{}, true},
	{"Galaxy XCover7 Enterprise Edition", "SAM-XC7-EE", "R5#@@@@@@@@", 22_50, billing.Period{Year: 2024, Month: 1}, billing.Period{}, false},
	{"Surface Pro 9", "MSF-SP9-13", "0F##########", 69_50, billing.Period{Year: 2022, Month: 10}, billing.Period{Year: 2024, Month: 6}, false},
	{"Surface Pro 11", "MSF-SP11-13", "0F##########", 74_50, billing.Period{Year: 2024, Month: 6}, billing.Period{}, false},
	{"HP ZBook Fury 16", "HP-ZBF16", "5CD####@@@", 212_00, billing.Period{}, billing.Period{}, false},
	{"HP EliteBook 840", "HP-EB840", "5CD####@@@", 72_00, billing.Period{}, billing.Period{}, false},
	{"HP EliteDesk 800 Mini", "HP-ED800M", "8CC####@@@", 34_00, billing.Period{}, billing.Period{}, false},
	{"HP LaserJet Enterprise Flow MFP", "HP-LJE-FLOW", "JPB@@@@@@@", 119_00, billing.Period{}, billing.Period{}, false},
	{"Dell U3225QE, 32″", "DEL-U3225QE", "CN-0@@@@@@@", 24_90, billing.Period{Year: 2025, Month: 1}, billing.Period{}, true},
	{"Dell UltraSharp 27″ USB-C Hub Monitor", "DEL-US27-HUB", "CN-0@@@@@@@", 18_50, billing.Period{}, billing.Period{}, true},
	{"Dell Precision 5690", "DEL-P5690", "@@@@@@@", 164_00, billing.Period{Year: 2024, Month: 3}, billing.Period{}, false},
	{"Dell Docking Station WD22TB4", "DEL-WD22TB4", "@@@@@@@", 7_90, billing.Period{}, billing.Period{}, false},
	{"EIZO FlexScan EV3895, 37.5″ curved", "EIZ-EV3895", "########", 41_00, billing.Period{}, billing.Period{}, false},
	{"Jabra Evolve2 85 headset", "JAB-EV2-85", "00##########", 11_50, billing.Period{}, billing.Period{}, true},
	{"Logitech Rally Bar", "LOG-RALLY", "2###LZ@@@@@@", 96_00, billing.Period{}, billing.Period{}, false},
	{"Zebra TC58 mobile computer", "ZEB-TC58", "S########", 38_00, billing.Period{}, billing.Period{}, false},
	{"Brother QL-1110NWB label printer", "BRO-QL1110", "U#####@########", 9_50, billing.Period{}, billing.Period{}, false},
	{"Synology DS1823xs+ with 8 × 8 TB", "SYN-DS1823-64", "##@@@@@@@@", 148_00, billing.Period{}, billing.Period{}, false},
	{"Meta Quest 3 training set", "MET-Q3-TRAIN", "2G@@@@@@@@@@", 33_00, billing.Period{Year: 2023, Month: 10}, billing.Period{}, true},
	{"Roborock S8 MaxV Ultra", "ROB-S8MVU", "RR@@@@@@@@", 39_90, billing.Period{}, billing.Period{}, true},
	{"PlayStation 5 Slim", "SON-PS5S", "S01-########", 24_90, billing.Period{}, billing.Period{}, true},
	{"De’Longhi Eletta Explore", "DEL-ELEX", "1#########", 29_90, billing.Period{}, billing.Period{}, true},
}
