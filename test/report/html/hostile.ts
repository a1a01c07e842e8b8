/** Texts that want to be more than text. */
export const hostile = [
  '<script>document.title = "taken"; fetch("http://127.0.0.1:9/")</script>',
  '</script></pre></style></textarea><script>alert(1)</script>',
  '<img src="http://127.0.0.1:9/x.png" onerror="alert(2)"><svg onload=alert(3)>',
  '<a href="javascript:alert(4)">javascript:alert(5)</a><base href="http://127.0.0.1:9/">',
  '" onmouseover="alert(6)" x="\' onfocus=\'alert(7)\' autofocus',
  '{{constructor.constructor("alert(8)")()}} ${alert(9)} <!-- ]]> &lt;b&gt; &#60;i&#62;',
  'invoice\u202Excod.exe \u2066isolate\u2069 \u0000\u0007\u001B[31m \uFEFF',
  `big ${'y'.repeat(1_000_000)}<script>alert(10)</script>`,
] as const;
