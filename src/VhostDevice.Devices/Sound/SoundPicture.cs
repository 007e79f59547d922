// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Pictures;

namespace VhostDevice.Devices.Sound;

/// <summary>The last seconds of a stream as a picture: time goes to the right, loudness up and down.</summary>
internal static class SoundPicture
{
    private const int Height = 160;
    private const int Middle = Height / 2;

    internal static byte[] Draw(SoundMeter meter)
    {
        (float Least, float Most)[] columns = meter.Shape();
        byte[] pixels = new byte[columns.Length * Height * PngFile.PixelBytes];
        for (int x = 0; x < columns.Length; x++)
        {
            int top = Row(columns[x].Most);
            int bottom = Row(columns[x].Least);
            for (int y = 0; y < Height; y++)
            {
                Span<byte> pixel = pixels.AsSpan((y * columns.Length + x) * PngFile.PixelBytes, PngFile.PixelBytes);
                if (y >= top && y <= bottom)
                    (pixel[0], pixel[1], pixel[2]) = (0x40, 0xE0, 0x70);
                else if (y == Middle)
                    pixel.Fill(0x50);
                else
                    pixel.Fill(0x10);
            }
        }

        return PngFile.Encode(columns.Length, Height, pixels);
    }

    private static int Row(float number) => Math.Clamp((int)Math.Round(Middle - number * (Middle - 1)), 0, Height - 1);
}
