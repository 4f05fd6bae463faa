package seed

// What generated rows are called.

var firstNames = []string{
	"Aaliyah", "Abdul", "Ada", "Adaeze", "Agnieszka", "Ahmed", "Aiko", "Alejandra", "Alma", "Amina", "Anaïs", "Anders", "Andrei", "Anjali", "Antonia",
	"Arjun", "Astrid", "Ayşe", "Beatriz", "Bilal", "Björn", "Camila", "Caroline", "Chidi", "Chiara", "Clara", "Dagmar", "Daniel", "Danuta", "David",
	"Diego", "Dimitri", "Dorota", "Ebru", "Eduardo", "Elena", "Elif", "Emeka", "Emma", "Esra", "Ewa", "Fatima", "Felix", "Fiona", "Francesca",
	"Freya", "Gabriela", "Giulia", "Grace", "Hana", "Hassan", "Heidi", "Hugo", "Ibrahim", "Ines", "Ingrid", "Isabella", "Ivan", "Jakob", "Jamal",
	"Jasmin", "Javier", "Jia", "Joana", "Johanna", "Jorge", "Julia", "Kadir", "Karim", "Katarzyna", "Kenji", "Khadija", "Klaus", "Kofi", "Lars",
	"Laura", "Leonardo", "Lin", "Linnéa", "Lucas", "Lucía", "Magnus", "Malik", "Mariam", "Marek", "Margit", "Maria", "Marina", "Mario", "Matilda",
	"Maya", "Mehmet", "Michał", "Miguel", "Milena", "Min-Jun", "Mira", "Mohammed", "Nadia", "Naledi", "Naoko", "Nikolai", "Nina", "Noah", "Nora",
	"Olga", "Omar", "Oscar", "Paula", "Pedro", "Petra", "Rafael", "Rajesh", "Rania", "Raquel", "Renate", "Ricardo", "Rosa", "Ryo", "Sakura",
	"Samuel", "Sara", "Sebastian", "Sigrid", "Simone", "Sofia", "Stefan", "Sunita", "Tariq", "Tatiana", "Teresa", "Thandiwe", "Theo", "Thomas",
	"Tuva", "Ulrike", "Valentina", "Vera", "Vikram", "Wanjiru", "Wei", "Xiomara", "Yara", "Yusuf", "Zainab", "Zofia", "Zuzana",
}

var lastNames = []string{
	"Abe", "Achterberg", "Adeyemi", "Aguilar", "Ahmadi", "Almeida", "Andersen", "Arslan", "Asante", "Bakker", "Banerjee", "Barbosa", "Bauer",
	"Becker", "Berg", "Bianchi", "Blanc", "Borg", "Brown", "Cabrera", "Carvalho", "Castillo", "Chaudhry", "Chen", "Cohen", "Costa", "Dahl", "Das",
	"De Vries", "Demir", "Diallo", "Dubois", "Eriksen", "Esposito", "Evans", "Falk", "Farah", "Fernandes", "Fischer", "Fontaine", "Fujita", "Gallo",
	"Garcia", "Ghosh", "Goldberg", "Gómez", "Greco", "Gruber", "Gupta", "Haas", "Hakimi", "Hansen", "Hashimoto", "Hernández", "Hoang", "Horvat",
	"Ibrahim", "Ito", "Iyer", "Jansen", "Jensen", "Jovanović", "Kaplan", "Karlsson", "Kaur", "Keller", "Khalil", "Khan", "Kim", "Kowalska", "Krause",
	"Kumar", "Lambert", "Larsen", "Laurent", "Lehmann", "Lewandowski", "Li", "Lindgren", "Lombardi", "López", "Maier", "Malik", "Marín", "Martins",
	"Mbeki", "Mendoza", "Meyer", "Mokoena", "Moreau", "Moretti", "Müller", "Mwangi", "Nakamura", "Ndlovu", "Nguyen", "Nielsen", "Novak", "Nowak",
	"Núñez", "Obi", "Okafor", "Olsen", "Ortiz", "Owusu", "Özdemir", "Park", "Patel", "Pereira", "Petrov", "Pham", "Popescu", "Qureshi", "Ramos",
	"Reyes", "Ricci", "Richter", "Rivera", "Rossi", "Rousseau", "Saito", "Santos", "Sato", "Schmidt", "Schneider", "Sharma", "Silva", "Singh",
	"Sørensen", "Sousa", "Suzuki", "Svensson", "Takahashi", "Tran", "Traoré", "Vargas", "Vasquez", "Vogel", "Wagner", "Walker", "Wang", "Weber",
	"Williams", "Wójcik", "Yamamoto", "Yıldız", "Zhang", "Zimmermann",
}

var titles = []string{
	"Accountant", "Account Manager", "Analyst", "Assembler", "Buyer", "Customer Care", "Data Engineer", "Designer", "Developer", "Dispatcher",
	"Editor", "Electrician", "Engineer", "Event Manager", "Facility Manager", "Inspector", "Instructor", "Legal Counsel", "Logistics", "Machinist",
	"Marketing", "Mechanic", "Office Manager", "Operations", "Painter", "People and Culture", "Planner", "Product Manager", "Project Lead", "Purchasing",
	"Quality", "Recruiter", "Researcher", "Sales", "Support", "Team Lead", "Technical Writer", "Tester", "Translator", "Welder",
}

var crafts = []string{
	"Assembly", "Brakes", "Campaigns", "Carbon", "Dealers", "Deliveries", "Design", "Drivetrain", "Events", "Finance", "Firmware", "Frames",
	"Invoices", "Legal", "Logistics", "Maintenance", "Marketing", "Operations", "Paint", "People", "Planning", "Procurement", "Quality", "Recruiting",
	"Repairs", "Research", "Sales", "Service", "Suspension", "Support", "Testing", "Tooling", "Training", "Warehouse", "Web", "Wheels",
}

var things = []string{
	"Backlog", "Budget", "Calendar", "Checklist", "Contacts", "Goals", "Ideas", "Inventory", "Issues", "Log", "Orders", "Overview", "Pipeline",
	"Plan", "Projects", "Queue", "Requests", "Review", "Roadmap", "Schedule", "Tasks", "Tracker",
}

// tasks are what items are about.
var tasks = []string{
	"audit", "batch", "call", "check", "delivery", "demo", "draft", "fitting", "handover", "inspection", "invoice", "meeting", "order", "prototype",
	"quote", "release", "repair", "report", "request", "sample", "shipment", "study", "test", "visit",
}

// regions are parts of the house; places are where its people live.
var regions = []string{"Atlantic", "Baltic", "Berlin", "Central", "Coast", "Danube", "East", "Elbe", "Iberia", "Lisbon", "Lima", "Nordic", "North",
	"Osaka", "Pacific", "Rhine", "South", "Taipei", "West"}

type livingPlace struct {
	city, country, language, zone string
	dial                          int
}

var places = []livingPlace{
	{"Berlin", "DE", "de", "Europe/Berlin", 49},
	{"Freiburg", "DE", "de", "Europe/Berlin", 49},
	{"Lisbon", "PT", "pt", "Europe/Lisbon", 351},
	{"Madrid", "ES", "es", "Europe/Madrid", 34},
	{"Marseille", "FR", "fr", "Europe/Paris", 33},
	{"Bologna", "IT", "it", "Europe/Rome", 39},
	{"Utrecht", "NL", "nl", "Europe/Amsterdam", 31},
	{"Gothenburg", "SE", "sv", "Europe/Stockholm", 46},
	{"Kraków", "PL", "pl", "Europe/Warsaw", 48},
	{"Izmir", "TR", "tr", "Europe/Istanbul", 90},
	{"Dublin", "IE", "en", "Europe/Dublin", 353},
	{"Lagos", "NG", "en", "Africa/Lagos", 234},
	{"Nairobi", "KE", "en", "Africa/Nairobi", 254},
	{"Pune", "IN", "en", "Asia/Kolkata", 91},
	{"Osaka", "JP", "ja", "Asia/Tokyo", 81},
	{"Taipei", "TW", "zh", "Asia/Taipei", 886},
	{"Melbourne", "AU", "en", "Australia/Melbourne", 61},
	{"Toronto", "CA", "en", "America/Toronto", 1},
	{"Lima", "PE", "es", "America/Lima", 51},
	{"São Paulo", "BR", "pt", "America/Sao_Paulo", 55},
}
