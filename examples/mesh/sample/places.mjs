/**
 * Where customers live and what people are called there. Nobody in here exists: names are common ones, streets are
 * made up, telephone numbers and mail addresses lie in ranges that are kept for examples where there are such.
 * A name outside the Latin alphabet carries its Latin form for the mail address.
 */
const place = (country, weight, people, at) => ({ country, weight, ...people, ...at })

const names = (first, last) => ({ first: first.split(' '), last: last.split(' ') })

export const places = [
  place(
    'USA',
    70,
    names(
      'Frank Kathy Heather John Dan Michelle Julia Patrick Daniela Shaquille Dwayne Maeve',
      'Harris Chase Leacock Gordon Miller Brooks O’Brien Ralston Stevens Washington',
    ),
    {
      cities: [
        ['Mountain View', 'CA'],
        ['Redmond', 'WA'],
        ['New York', 'NY'],
        ['Orlando', 'FL'],
        ['Boston', 'MA'],
        ['Chicago', 'IL'],
        ['Salt Lake City', 'UT'],
      ],
      streets: ['N Park Ave', 'Elm Street', 'Infinite Loop', 'W Orchard Drive', '5th Ave'],
      number: 'first',
      postal: '#####',
      phone: '+1 (###) 555-01##',
    },
  ),
  place(
    'Canada',
    45,
    names(
      'François Mark Jennifer Robert Edward Martha Aaron Ellie Chloé Zoë',
      'Tremblay Philips Peterson Brown Francis Silk Mitchell Sullivan Bélanger Côté',
    ),
    {
      cities: [
        ['Montréal', 'QC'],
        ['Edmonton', 'AB'],
        ['Vancouver', 'BC'],
        ['Toronto', 'ON'],
        ['Winnipeg', 'MB'],
        ['Yellowknife', 'NT'],
      ],
      streets: ['rue Bélanger', 'Yonge Street', 'Barrington Street', 'Dundas Street W'],
      number: 'first',
      postal: '@#@ #@#',
      phone: '+1 (###) 555-01##',
    },
  ),
  place(
    'Brazil',
    35,
    names('Luís Eduardo Alexandre Roberto Fernanda João Conceição Ângela', 'Gonçalves Martins Rocha Almeida Ramos Araújo Simões'),
    {
      cities: [
        ['São José dos Campos', 'SP'],
        ['São Paulo', 'SP'],
        ['Rio de Janeiro', 'RJ'],
        ['Brasília', 'DF'],
        ['Florianópolis', 'SC'],
      ],
      streets: ['Av. Brigadeiro Faria Lima', 'Rua Dr. Falcão Filho', 'Praça Pio X', 'Qe 7 Bloco G'],
      number: 'last',
      postal: '#####-###',
      phone: '+55 (##) ####-####',
    },
  ),
  place(
    'France',
    40,
    names('Camille Dominique Marc Wyatt Isabelle Hélène Noël Aurélie', 'Bernard Lefebvre Dubois Girard Mercier Lœuillet Besançon'),
    {
      cities: [
        ['Paris', null],
        ['Lyon', null],
        ['Bordeaux', null],
        ['Dijon', null],
        ['Orléans', null],
      ],
      streets: ['rue Milton', 'Place Bellecour', 'rue de l’Église', 'Boulevard de Sébastopol'],
      number: 'first',
      postal: '#####',
      phone: '+33 0# ## ## ## ##',
    },
  ),
  place('Germany', 30, names('Leonie Hannah Fynn Niklas Jürgen Käthe', 'Köhler Schneider Zimmermann Schröder Groß Weiß'), {
    cities: [
      ['Stuttgart', null],
      ['Berlin', null],
      ['Frankfurt', null],
      ['Köln', null],
      ['Würzburg', null],
    ],
    streets: ['Theodor-Heuss-Straße', 'Barbarossastraße', 'Tauentzienstraße', 'Berger Straße'],
    number: 'last',
    postal: '#####',
    phone: '+49 0### #######',
  }),
  place('United Kingdom', 22, names('Emma Phil Steve Siân Rhys Niamh', 'Jones Hughes Murray Llewellyn MacDonald'), {
    cities: [
      ['London', null],
      ['Edinburgh', null],
      ['Cardiff', null],
    ],
    streets: ['Danbury Road', 'Lion Street', 'Raeburn Place', 'St Mary’s Lane'],
    number: 'first',
    postal: '@@# #@@',
    phone: '+44 020 7946 0###',
  }),
  place('Norway', 14, names('Bjørn Åse Øyvind Synnøve Håkon', 'Hansen Sæther Ødegård Bø Lindås'), {
    cities: [
      ['Oslo', null],
      ['Tromsø', null],
      ['Ålesund', null],
    ],
    streets: ['Ullevålsveien', 'Storgata', 'Øvre Slottsgate'],
    number: 'last',
    postal: '####',
    phone: '+47 22 ## ## ##',
  }),
  place('Denmark', 12, names('Kåre Søren Mette Bøje', 'Nielsen Sørensen Skjødt Kjær'), {
    cities: [
      ['Copenhagen', null],
      ['Århus', null],
    ],
    streets: ['Sønder Boulevard', 'Nørregade'],
    number: 'last',
    postal: '####',
    phone: '+45 ## ## ## ##',
  }),
  place('Czech Republic', 14, names('František Helena Jiří Zdeňka Ondřej', 'Wichterlová Holý Dvořák Němcová Šťastný'), {
    cities: [
      ['Prague', null],
      ['Brno', null],
    ],
    streets: ['Klanova', 'Rilská', 'Štefánikova'],
    number: 'last',
    postal: '### ##',
    phone: '+420 # #### ####',
  }),
  place('Poland', 12, names('Stanisław Zofia Łukasz Małgorzata', 'Wójcik Dąbrowski Żuk Łęcka'), {
    cities: [
      ['Warsaw', null],
      ['Łódź', null],
    ],
    streets: ['Ordynacka', 'Świętokrzyska'],
    number: 'last',
    postal: '##-###',
    phone: '+48 22 ### ## ##',
  }),
  place('Turkey', 8, names('İbrahim Ayşe Çağla', 'Yılmaz Öztürk Işık'), {
    cities: [
      ['İstanbul', null],
      ['Eskişehir', null],
    ],
    streets: ['İstiklal Caddesi', 'Atatürk Bulvarı'],
    number: 'last',
    postal: '#####',
    phone: '+90 212 ### ## ##',
  }),
  place('Vietnam', 8, names('Thị-Hương Đức Nguyệt', 'Nguyễn Trần Đặng'), {
    cities: [
      ['Hà Nội', null],
      ['Đà Nẵng', null],
    ],
    streets: ['phố Huế', 'đường Lê Lợi'],
    number: 'first',
    postal: '######',
    phone: '+84 24 #### ####',
  }),
  place('Japan', 20, names('美咲|misaki 翔太|shota さくら|sakura 健一|kenichi', '佐藤|sato 鈴木|suzuki 髙橋|takahashi 渡邉|watanabe'), {
    cities: [
      ['東京', '東京都'],
      ['京都', '京都府'],
      ['札幌', '北海道'],
    ],
    streets: ['丸の内', '烏丸通', '大通西'],
    number: 'last',
    postal: '###-####',
    phone: '+81 3 #### ####',
  }),
  place('China', 18, names('秀英|xiuying 伟|wei 芳|fang 子涵|zihan', '王|wang 李|li 張|zhang 歐陽|ouyang'), {
    cities: [
      ['上海', null],
      ['北京', null],
    ],
    streets: ['南京东路', '长安街'],
    number: 'last',
    postal: '######',
    phone: '+86 21 #### ####',
  }),
  place('South Korea', 10, names('서연|seoyeon 민준|minjun 지우|jiwoo', '김|kim 이|lee 박|park'), {
    cities: [
      ['서울', null],
      ['부산', null],
    ],
    streets: ['세종대로', '해운대로'],
    number: 'last',
    postal: '#####',
    phone: '+82 2 #### ####',
  }),
  place('India', 16, names('प्रिया|priya मनोज|manoj लक्ष्मी|lakshmi', 'श्रीवास्तव|srivastava शर्मा|sharma पटेल|patel'), {
    cities: [
      ['Delhi', null],
      ['Bangalore', null],
      ['मुंबई', null],
    ],
    streets: ['Raj Bhavan Road', 'महात्मा गांधी मार्ग'],
    number: 'first',
    postal: '######',
    phone: '+91 080 ########',
  }),
  place('Greece', 10, names('Γιώργος|giorgos Ελένη|eleni Χριστίνα|christina', 'Παπαδόπουλος|papadopoulos Οικονόμου|oikonomou'), {
    cities: [
      ['Αθήνα', null],
      ['Θεσσαλονίκη', null],
    ],
    streets: ['Οδός Ερμού', 'Λεωφόρος Νίκης'],
    number: 'last',
    postal: '### ##',
    phone: '+30 21# ### ####',
  }),
  place('Ukraine', 10, names('Оксана|oksana Тарас|taras Їжак|yizhak', 'Шевченко|shevchenko Ґудзь|gudz Коваль|koval'), {
    cities: [
      ['Київ', null],
      ['Львів', null],
    ],
    streets: ['вулиця Хрещатик', 'проспект Свободи'],
    number: 'last',
    postal: '#####',
    phone: '+380 44 ### ####',
  }),
  place('Egypt', 8, names('فاطمة|fatma محمد|mohamed نور|nour', 'حسن|hassan إبراهيم|ibrahim'), {
    cities: [['القاهرة', null]],
    streets: ['شارع طلعت حرب'],
    number: 'last',
    postal: '#####',
    phone: '+20 2 #### ####',
  }),
  place('Israel', 6, names('נועה|noa דוד|david', 'כהן|cohen לוי|levi'), {
    cities: [['תל אביב', null]],
    streets: ['שדרות רוטשילד'],
    number: 'last',
    postal: '#######',
    phone: '+972 3 ### ####',
  }),
  place('Ireland', 6, names('Hugh Aoife Séamus', 'O’Reilly Ní-Dhomhnaill'), {
    cities: [
      ['Dublin', 'Dublin'],
      ['Cork', 'Cork'],
    ],
    streets: ['Calle Street', 'Patrick’s Quay'],
    number: 'first',
    postal: null,
    phone: '+353 01 #######',
  }),
  place('Chile', 5, names('Luis Nuñoa', 'Rojas Muñoz'), {
    cities: [['Santiago', null]],
    streets: ['Calle Lira'],
    number: 'last',
    postal: null,
    phone: '+56 (0)2 ### ####',
  }),
]

/** Hyphens stand for spaces inside a name; `|` parts a name from its Latin form. */
export function spelled(name) {
  const [own, latin] = name.split('|')
  return { own: own.replaceAll('-', ' '), latin: plain(latin ?? own) }
}

const letters = { ø: 'o', æ: 'ae', œ: 'oe', ß: 'ss', ł: 'l', đ: 'd', ı: 'i' }

/** The letters of a mail address: a to z. */
function plain(text) {
  const bare = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return bare.replace(/[øæœßłđı]/g, letter => letters[letter]).replace(/[^a-z]/g, '')
}
