// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;

namespace VhostDevice.Hosting.Metrics;

/// <summary>The bytes of a response, after which the connection is closed.</summary>
internal static class HttpResponse
{
    internal static byte[] Make(HttpRequest request, Func<byte[]> body)
    {
        byte[] content = request.Status == 200
            ? body()
            : Encoding.ASCII.GetBytes($"{request.Status} {Reason(request.Status)}{Hint(request.Status)}\n");
        string type = request.Status == 200 ? PrometheusText.ContentType : "text/plain; charset=utf-8";
        string allow = request.Status == 405 ? "Allow: GET, HEAD\r\n" : "";
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {request.Status} {Reason(request.Status)}\r\nContent-Type: {type}\r\nContent-Length: "
                + $"{content.Length}\r\n{allow}Connection: close\r\n\r\n");
        return request.WithBody ? [.. Encoding.ASCII.GetBytes(head), .. content] : Encoding.ASCII.GetBytes(head);
    }

    private static string Hint(int status) => status == 404 ? $": the metrics are at {HttpRequest.Resource}" : "";

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        _ => "HTTP Version Not Supported",
    };
}
