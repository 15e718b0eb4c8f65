using ApiDocs;
using MoeSharp.Training;

// Trains on the .NET API documentation of this machine's SDK, or samples: `-- --help` lists the options.
return ModelCommand.Run<ApiDocsModel>(args);
