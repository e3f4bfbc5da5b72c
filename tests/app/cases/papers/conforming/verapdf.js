// Judge PDFs by veraPDF. Arguments: flavours with commas ("3a,ua1"), then files. Prints lines of
// cells: of each file and flavour whether it is good and by how many rules, then its broken rules.
importPackage(java.util, org.verapdf.pdfa, org.verapdf.pdfa.flavours);
importPackage(org.verapdf.pdfa.validation.profiles);

function all(parent, name) {
  var found = parent.getElementsByTagName(name), list = [];
  for (var i = 0; i < found.getLength(); i++) list.push(found.item(i));
  return list;
}

function text(parent, name) {
  var found = all(parent, name);
  return found.length ? String(found[0].getTextContent()) : "";
}

function collected(collection, list) {
  list.forEach(function (one) { collection.add(one); });
  return collection;
}

function ruleOf(node) {
  var id = all(node, "id")[0], error = all(node, "error")[0];
  return Profiles.ruleFromValues(
    Profiles.ruleIdFromValues(
      PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
      id.getAttribute("clause"),
      Number(id.getAttribute("testNumber"))
    ),
    node.getAttribute("object"),
    java.lang.Boolean.valueOf(node.getAttribute("deferred")),
    node.getAttribute("tags"),
    text(node, "description"),
    text(node, "test"),
    Profiles.errorFromValues(text(error, "message"), new ArrayList()),
    new ArrayList()
  );
}

function variableOf(node) {
  return Profiles.variableFromValues(
    node.getAttribute("name"),
    node.getAttribute("object"),
    text(node, "defaultValue"),
    text(node, "value")
  );
}

// The profile of a flavour. veraPDF itself reads it by JAXB, which Java no longer has.
function profileOf(flavour) {
  var file = { "3a": "PDFA-3A", "ua1": "PDFUA-1" }[flavour] + ".xml";
  var loader = java.lang.ClassLoader.getSystemClassLoader();
  var source = loader.getResourceAsStream("org/verapdf/pdfa/validation/" + file);
  var builder = javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder();
  var root = builder.parse(source).getDocumentElement();
  return Profiles.profileFromValues(
    PDFAFlavour.fromString(flavour),
    Profiles.profileDetailsFromValues(flavour, "", "", new Date()),
    "",
    collected(new HashSet(), all(root, "rule").map(ruleOf)),
    collected(new HashSet(), all(root, "variable").map(variableOf))
  );
}

function judge(path, flavour, profile) {
  var stream = new java.io.FileInputStream(path);
  var parser = Foundries.defaultInstance().createParser(stream, PDFAFlavour.fromString(flavour));
  var result = Foundries.defaultInstance().createValidator(profile, false).validate(parser);
  var broken = new TreeSet();
  for (var found = result.getTestAssertions().iterator(); found.hasNext();) {
    var one = found.next();
    var id = one.getRuleId().getClause() + "-" + one.getRuleId().getTestNumber();
    broken.add([path, flavour, id, one.getMessage()].join("\t"));
  }
  print([path, flavour, result.isCompliant() ? "good" : "bad", profile.getRules().size()].join("\t"));
  for (var lines = broken.iterator(); lines.hasNext();) print(lines.next());
  parser.close();
}

Packages.org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider.initialise();
var given = Array.prototype.slice.call(arguments);
given.shift().split(",").forEach(function (flavour) {
  var profile = profileOf(flavour);
  given.forEach(function (path) { judge(path, flavour, profile); });
});
