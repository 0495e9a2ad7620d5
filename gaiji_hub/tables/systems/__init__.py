"""文字コード体系の表: what every code of CP932, EUC, IBM, JEF, KEIS, JIPS and LETS-J stands for, both ways."""
