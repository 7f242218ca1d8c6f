package db

// demoCountry is what customers of one country are made of. Patterns are filled in by
// [demoRandom.fill]: # is a digit and @ a letter or digit.
type demoCountry struct {
	code  string
	vatID string
	// phones are ranges set aside for made-up numbers; none where a country has no such range.
	phones []string
	towns  []demoTown
	// streets take a house number.
	streets []string
	first   []string
	last    []string
	// stems are made-up first words of companies' names.
	stems  []string
	trades []string
	forms  []string
	// family begins the form of a company that two families or generations run.
	family []string
	// long are companies that are named after what they do, somewhere.
	long []string
	// mailboxes are where companies read invoices.
	mailboxes []string
	// units are what a group is named after; %s takes a town and # a digit.
	units []string
	// references are what a customer wants to see on its invoice.
	references []string
}

type demoTown struct{ postalCode, name string }

var demoGermany = demoCountry{
	code: "DE", vatID: "DE9########",
	phones: []string{"+49 30 23125 ###", "+49 40 66969 ###", "+49 69 90009 ###", "+49 89 99998 ###"},
	towns: []demoTown{
		{"89073", "Ulm"}, {"20095", "Hamburg"}, {"10115", "Berlin"}, {"80331", "München"}, {"50667", "Köln"},
		{"60311", "Frankfurt am Main"}, {"70173", "Stuttgart"}, {"40213", "Düsseldorf"}, {"04109", "Leipzig"},
		{"01067", "Dresden"}, {"90402", "Nürnberg"}, {"24103", "Kiel"}, {"23552", "Lübeck"}, {"18055", "Rostock"},
		{"48143", "Münster"}, {"33602", "Bielefeld"}, {"37073", "Göttingen"}, {"97070", "Würzburg"},
		{"79098", "Freiburg im Breisgau"}, {"72070", "Tübingen"}, {"66111", "Saarbrücken"}, {"55116", "Mainz"},
		{"35390", "Gießen"}, {"02826", "Görlitz"}, {"49074", "Osnabrück"}, {"21335", "Lüneburg"}, {"90762", "Fürth"},
		{"24937", "Flensburg"}, {"94032", "Passau"}, {"07743", "Jena"}, {"67655", "Kaiserslautern"}, {"83646", "Bad Tölz"},
		{"82467", "Garmisch-Partenkirchen"}, {"91541", "Rothenburg ob der Tauber"},
	},
	streets: []string{
		"Industriestraße %d", "Bahnhofstraße %d", "Gewerbepark %d", "Am Güterbahnhof %d", "Lindenallee %d", "Mühlweg %d",
		"Schloßstraße %d", "Hafenstraße %d", "Werkstraße %d", "Robert-Bosch-Straße %d", "Carl-Benz-Straße %d", "Rötelstraße %d",
		"Königstraße %d", "An der Weißen Brücke %d", "Gutenbergstraße %d", "Dr.-Lessing-Straße %d",
	},
	first: []string{
		"Jürgen", "Anke", "Björn", "Käthe", "Sören", "Lena", "Matthias", "Öykü", "Wolfgang", "Sibylle", "Mehmet", "Grete", "Tobias",
		"Jannik", "Renate", "Günther", "Aylin", "Heike", "Felix", "Marlene", "Rüdiger", "Saskia", "Niklas", "Ümit", "Beate",
		"Friedrich-Wilhelm", "Anne-Sophie", "Kai", "Ilse", "Thorben",
	},
	last: []string{
		"Brückner", "Weiß", "Jäger", "Köhler", "Strauß", "Hübner", "Kühn", "Schäfer", "Böhm", "Vögele", "Käßmann", "Röhrig",
		"Lüdemann", "Öztürk", "Großkopf", "Süß", "Thönnissen", "Wörner", "Zöllner", "Günthner", "Stößel", "Bärwald", "Möhring",
		"Grünewald", "Nüßlein", "Rößler", "Kämmerer", "Hölscher", "Dörr", "Fürst", "Petersen", "Hansen", "Albrecht", "Seidel",
		"Winkler", "Baumgartner", "Ostermann", "Reinhardt", "Kirchhoff", "Falkenberg", "Eichhorn", "Lindner", "Voss", "Hartmann",
		"Schreiber", "Krämer", "Oppermann", "Tiedemann", "Yıldız", "Nowak", "Sommerfeld", "Ritter", "Brandt", "Holtkamp",
		"Schulte-Nordhoff", "von Reventlow", "Wiesenthal", "Dinkelacker", "Ziegler", "Ullrich",
	},
	stems: []string{
		"Nordwerk", "Südlicht", "Elbtec", "Albkraft", "Donauplan", "Hansekontor", "Rheinform", "Isarlogik", "Waldhaus", "Bergfeld",
		"Neckarbau", "Mainwind", "Harzquell", "Ostseekontor", "Küstenkraft", "Lichtblick", "Steinbruch", "Grünland", "Saalewerk",
		"Moselplan", "Weserkontor", "Spreelicht", "Schwarzwaldwerk", "Ruhrtec", "Allgäukraft", "Bodenseeplan",
	},
	trades: []string{
		"Maschinenbau", "Logistik", "Werkzeugbau", "Straßenbau", "Elektrotechnik", "Gebäudetechnik", "Medizintechnik", "Spedition",
		"Architekten", "Ingenieure", "Steuerberatung", "Großhandel", "Feinmechanik", "Tiefbau", "Küchen", "Möbelwerke", "Druckerei",
		"Verlag", "Pflegedienst", "Sanitär", "Dachbau", "Brauerei", "Messebau", "Anlagenbau", "Prüftechnik", "Kältetechnik",
		"Labortechnik", "Fahrzeugbau", "Gerüstbau", "Personalservice", "Softwarehaus", "Datentechnik", "Veranstaltungstechnik",
		"Wäscherei", "Bäckerei", "Gartenbau", "Recycling", "Vermessung", "Orthopädie", "Lüftungsbau",
	},
	forms:  []string{"GmbH", "GmbH", "GmbH", "GmbH & Co. KG", "GmbH & Co. KG", "AG", "KG", "OHG", "UG (haftungsbeschränkt)", "eG"},
	family: []string{"GmbH", "GmbH & Co. KG", "KG", "OHG", "PartG mbB"},
	long: []string{
		"Überbetriebliches Ausbildungszentrum für Metall- und Elektrotechnik %s gGmbH",
		"Gemeinnützige Gesellschaft für Wohnen, Pflege und Rehabilitation %s mbH",
		"Zweckverband Wasserversorgung und Abwasserbeseitigung Großraum %s",
		"Ärztliche Gemeinschaftspraxis für Radiologie und Nuklearmedizin %s",
		"Kreishandwerkerschaft und Innungsgeschäftsstelle für das Bäckerhandwerk %s",
		"Volkshochschule und Stadtbücherei %s, Eigenbetrieb Kultur und Weiterbildung",
	},
	mailboxes: []string{"buchhaltung", "rechnung", "rechnungen", "kreditoren", "einkauf", "verwaltung"},
	units: []string{
		"IT-Abteilung", "Buchhaltung", "Vertrieb Innendienst", "Außendienst Süd", "Konstruktion", "Geschäftsleitung", "Personal",
		"Einkauf", "Qualitätssicherung", "Lager und Versand", "Ausbildungswerkstatt", "Standort %s", "Niederlassung %s", "Werk #",
		"Kostenstelle 4#00", "Kostenstelle 72#0", "Projekt Neubau %s", "Schulungsräume", "Homeoffice", "Marketing",
	},
	references: []string{"PO-2026-#####", "45000#####", "Kst. 4#00 / Bestellung #####", "Rahmenvertrag RV-####", "Abruf ####-##"},
}

var demoAustria = demoCountry{
	code: "AT", vatID: "ATU########",
	towns: []demoTown{
		{"1010", "Wien"}, {"8010", "Graz"}, {"4020", "Linz"}, {"5020", "Salzburg"}, {"6020", "Innsbruck"},
		{"9020", "Klagenfurt am Wörthersee"}, {"9500", "Villach"}, {"4600", "Wels"}, {"3100", "St. Pölten"}, {"6850", "Dornbirn"},
		{"6900", "Bregenz"},
	},
	streets: []string{
		"Hauptplatz %d", "Ringstraße %d", "Grazer Straße %d", "Wiener Straße %d", "Schmiedgasse %d", "Gewerbepark %d", "Anton-Bruckner-Gasse %d",
		"Rößlgasse %d", "Mühlgasse %d",
	},
	first: []string{"Leopold", "Sissi", "Johann", "Theresia", "Maximilian", "Zoltán", "Gerlinde", "Rosl", "Alois", "Verena", "Paul", "Ljiljana"},
	last: []string{
		"Hölzl", "Gruber", "Straßmann", "Pichler", "Mayrhofer", "Kärntner", "Schönbauer", "Leitgeb", "Wögerbauer", "Trdlicka", "Horvath",
		"Oberhauser", "Stöckl", "Zehetner", "Nussbaumer", "Prohaska", "Eßl", "Fürthner", "Grünauer", "Plöchl", "Rainer", "Unterberger", "Vrbanić",
	},
	stems: []string{"Alpenwerk", "Donautal", "Karawanken", "Tauernkraft", "Semmering", "Murtec", "Wienerwald", "Salzach", "Bergkristall", "Ennsplan", "Inntal"},
	trades: []string{
		"Seilbahntechnik", "Holzbau", "Metallbau", "Transporte", "Handels", "Hotelbetriebe", "Haustechnik", "Elektroanlagen", "Wirtschaftstreuhand",
		"Tischlerei", "Baumeister", "Kellerei", "Medienhaus", "Rettungstechnik", "Sägewerk", "Kunststofftechnik", "Werbeagentur", "Zivilingenieure",
	},
	forms:  []string{"GmbH", "GmbH", "Ges.m.b.H.", "GmbH & Co KG", "OG", "AG", "KG"},
	family: []string{"GmbH", "OG", "KG"},
	long: []string{
		"Österreichische Versuchs- und Forschungsanstalt für Tunnelbau und Geotechnik %s GmbH",
		"Bezirkskrankenhaus- und Seniorenheimverband %s und Umgebung Betriebsgesellschaft m.b.H.",
		"Tourismusverband und Kongressbetriebe der Landeshauptstadtregion %s",
	},
	mailboxes: []string{"buchhaltung", "rechnung", "office", "verwaltung"},
	units: []string{
		"EDV", "Buchhaltung", "Verkauf", "Direktion", "Bauleitung", "Lager", "Filiale %s", "Werk #", "Kostenstelle 3#0", "Lehrlingswerkstatt", "Rezeption",
	},
	references: []string{"PO-2026-#####", "Bestellung 26/####", "KST 3#0", "45000#####"},
}

var demoDenmark = demoCountry{
	code: "DK", vatID: "DK########",
	towns: []demoTown{
		{"4000", "Roskilde"}, {"8700", "Horsens"}, {"7100", "Vejle"}, {"9000", "Aalborg"}, {"6700", "Esbjerg"}, {"6400", "Sønderborg"},
		{"4600", "Køge"}, {"3000", "Helsingør"}, {"6270", "Tønder"}, {"3700", "Rønne"},
	},
	streets: []string{"Havnegade %d", "Østergade %d", "Nørregade %d", "Søndergade %d", "Ågade %d", "Industrivej %d", "Møllevej %d", "Kirkestræde %d", "Fabriksvej %d"},
	first:   []string{"Søren", "Mette", "Åse", "Jørgen", "Kirsten", "Bjarne", "Ida", "Lærke", "Anders", "Grith"},
	last: []string{
		"Ørsted", "Sørensen", "Møller", "Bæk", "Nørgaard", "Kjær", "Østergaard", "Højgaard", "Mølgaard", "Lauritsen", "Bøgh", "Skovgaard",
		"Åkjær", "Thygesen", "Frølich", "Søndergaard", "Rønne", "Vestergaard", "Dahlerup", "Kofoed",
	},
	stems: []string{"Nordsø", "Bælt", "Fjordkraft", "Klitgaard", "Øresund", "Limfjord", "Vesterhav", "Birkelund", "Havblik"},
	trades: []string{
		"Arkitekter", "Byg", "Skibsværft", "Møbler", "Energi", "Revision", "Transport", "Tømrer", "Landbrugsmaskiner", "Fiskeeksport",
		"Ingeniørfirma", "Vindteknik", "Bogtryk", "Elinstallation", "Mejeri", "Smedje",
	},
	forms:  []string{"ApS", "ApS", "A/S", "A/S", "I/S", "P/S"},
	family: []string{"A/S", "ApS", "I/S"},
	long: []string{
		"Andelsselskabet for Fjernvarme og Vedvarende Energi %s A.m.b.a.",
		"Erhvervsskolen og Efteruddannelsescentret for Maskin- og Værktøjsteknik %s",
	},
	mailboxes:  []string{"bogholderi", "faktura", "kreditor"},
	units:      []string{"IT-afdelingen", "Bogholderi", "Salg", "Ledelse", "Lager", "Tegnestuen", "Afdeling %s", "Omkostningssted 4#0", "Værksted #", "Kørsel"},
	references: []string{"EAN 5790000######", "PO-2026-#####", "Rekv. ####", "Sag 26-###"},
}

var demoPoland = demoCountry{
	code: "PL", vatID: "PL##########",
	towns: []demoTown{
		{"00-001", "Warszawa"}, {"31-042", "Kraków"}, {"90-926", "Łódź"}, {"50-101", "Wrocław"}, {"61-772", "Poznań"}, {"80-830", "Gdańsk"},
		{"70-456", "Szczecin"}, {"40-098", "Katowice"}, {"20-109", "Lublin"}, {"35-064", "Rzeszów"}, {"87-100", "Toruń"}, {"65-424", "Zielona Góra"},
	},
	streets: []string{"ul. Przemysłowa %d", "ul. Młyńska %d", "ul. Kościuszki %d", "al. Niepodległości %d", "ul. Żeromskiego %d", "ul. Długa %d", "ul. Łąkowa %d", "ul. Portowa %d"},
	first:   []string{"Łukasz", "Małgorzata", "Grzegorz", "Zofia", "Paweł", "Agnieszka", "Stanisław", "Żaneta", "Michał", "Świętosława"},
	last: []string{
		"Wójcik", "Król", "Jabłoński", "Wróbel", "Łuczak", "Ślusarczyk", "Gąsior", "Żak", "Dąbrowa", "Sikora", "Błaszczyk", "Kołodziej",
		"Pająk", "Szczęsny", "Źrebiec", "Zając", "Mróz", "Głowacki", "Świerczek", "Ostrówka",
	},
	stems: []string{"Wisła", "Bałtyk", "Śnieżka", "Żubr", "Mazur", "Odra", "Tatry", "Zorza", "Dąb", "Łabędź"},
	trades: []string{
		"Budownictwo", "Transport", "Logistyka", "Meble", "Odlewnia", "Doradztwo", "Usługi Księgowe", "Instalacje", "Obróbka Metali",
		"Wydawnictwo", "Systemy", "Chłodnictwo", "Stolarnia", "Poligrafia", "Żegluga", "Energetyka",
	},
	forms:  []string{"sp. z o.o.", "sp. z o.o.", "sp. z o.o. sp.k.", "S.A.", "sp.j."},
	family: []string{"sp.j.", "sp. z o.o.", "s.c."},
	long: []string{
		"Przedsiębiorstwo Produkcyjno-Usługowo-Handlowe Maszyn Rolniczych i Leśnych %s sp. z o.o.",
		"Spółdzielnia Inwalidów i Zakład Aktywności Zawodowej Rękodzieła Artystycznego %s",
	},
	mailboxes:  []string{"ksiegowosc", "faktury", "biuro"},
	units:      []string{"Dział IT", "Księgowość", "Sprzedaż", "Zarząd", "Magazyn", "Biuro %s", "Oddział %s", "Hala #", "MPK 5#0", "Kadry"},
	references: []string{"ZAM/#####/2026", "PO-2026-#####", "Umowa ##/2026", "MPK 5#0"},
}

var demoFrance = demoCountry{
	code: "FR", vatID: "FR###########",
	phones: []string{"+33 1 99 00 ## ##", "+33 5 36 49 ## ##"},
	towns: []demoTown{
		{"75011", "Paris"}, {"69003", "Lyon"}, {"67000", "Strasbourg"}, {"59000", "Lille"}, {"44000", "Nantes"}, {"33000", "Bordeaux"},
		{"25000", "Besançon"}, {"45000", "Orléans"}, {"42000", "Saint-Étienne"}, {"30000", "Nîmes"}, {"16000", "Angoulême"},
	},
	streets: []string{"%d rue de la Forêt", "%d avenue du Général-Leclerc", "%d quai de l’Île", "%d rue des Écoles", "%d place de l’Hôtel-de-Ville", "%d chemin du Chêne", "%d zone artisanale du Prés-Vert"},
	first:   []string{"Éloïse", "François", "Anaïs", "Benoît", "Céline", "Jérôme", "Zoé", "Gaël", "Maëlys", "Jean-Baptiste"},
	last: []string{
		"Lefèvre", "Béranger", "Garçon", "Noël", "Hébert", "Duchêne", "L’Hermite", "Prévost", "Gérard", "Chénier", "Rivière", "Maître",
		"Fournier", "Deschamps", "Boulanger", "Crépin", "Marchand", "Poirier", "Joncour", "Étienne",
	},
	stems: []string{"Horizon", "Atlantique", "Belvédère", "Étoile", "Cévennes", "Armorique", "Mistral", "Garrigue", "Clairière", "Océane"},
	trades: []string{
		"Ingénierie", "Mécanique de Précision", "Menuiserie", "Transports", "Imprimerie", "Électricité", "Conseil", "Bâtiment", "Vins et Spiritueux",
		"Hôtellerie", "Boulangerie", "Aéronautique", "Énergies", "Architectes", "Laboratoires", "Chaudronnerie",
	},
	forms:  []string{"SAS", "SAS", "SARL", "SARL", "SA", "SCOP"},
	family: []string{"SARL", "SAS", "SNC"},
	long: []string{
		"Société coopérative d’intérêt collectif pour la rénovation énergétique de l’habitat ancien, %s",
		"Groupement régional d’achats et de maintenance des établissements hospitaliers, %s",
	},
	mailboxes:  []string{"comptabilite", "factures", "achats"},
	units:      []string{"Service informatique", "Comptabilité", "Direction", "Bureau d’études", "Entrepôt", "Agence %s", "Site %s", "Atelier #", "Centre de coûts 6#0", "Ressources humaines"},
	references: []string{"BC-2026-####", "Marché 26-####", "PO-2026-#####", "CC 6#0"},
}

// demoNotes are what colleagues write down about a group.
var demoNotes = []string{
	"One invoice for the whole department, as agreed with purchasing.",
	"The customer books by cost centre: please don’t mix devices of other units into this group.",
	"Asked by phone to be billed before their monthly closing.",
	"The purchase order runs out at the end of next year; ask for a new number in time.",
	"Formerly billed one by one. Their bookkeeping complained about the number of invoices, so everything that runs for this unit " +
		"goes on one invoice now.\nNew devices of the unit belong here too.",
}
